-- written by: alerts

-- What a detector has learned of a machine's good time; a new block of good time, about an hour, replaces the row.
-- watches: tags and rhythm; of other ones nothing is taken over. until_us: samples up to then are in `memory`.
-- tags: what people are shown: name, usual value, and the limits of value that the budget gives.
CREATE TABLE detector (
    rule text NOT NULL,
    machine text NOT NULL,
    watches text NOT NULL,
    until_us bigint NOT NULL,
    memory bytea,
    learned_us bigint NOT NULL,
    learns_us bigint NOT NULL,
    ready boolean NOT NULL,
    tags jsonb NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (rule, machine)
);
