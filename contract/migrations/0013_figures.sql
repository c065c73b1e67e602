-- written by: mes

-- How often each address was asked for, on each day (UTC), and how long its answers took: within 0.1 s, 0.3 s, 1 s, 3 s,
-- and longer. refused: answers from 400 on; failed: from 500 on. Nobody's name stands here.
CREATE TABLE usage_count (
    day date NOT NULL,
    method text NOT NULL,
    address text NOT NULL,
    answers bigint NOT NULL DEFAULT 0,
    within bigint[] NOT NULL,
    slowest_ms bigint NOT NULL DEFAULT 0,
    refused bigint NOT NULL DEFAULT 0,
    failed bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (day, method, address)
);
