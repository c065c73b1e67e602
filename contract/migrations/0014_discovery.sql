-- written by: mes

-- What an edge agent was asked to look for, and what it has found; no part of the plant until somebody chooses from it.
-- device: the keys of a device of the plant file, without secrets. columns and found: a table as `shopfloor scan` and
-- `shopfloor browse` print it.
CREATE TABLE discovery (
    id uuid PRIMARY KEY,
    node text NOT NULL,
    action text NOT NULL CHECK (action IN ('scan', 'browse')),
    device jsonb NOT NULL,
    asked jsonb NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    sent_at timestamptz,
    stop_asked boolean NOT NULL DEFAULT false,
    heard_at timestamptz,
    part integer NOT NULL DEFAULT -1,
    progress text NOT NULL DEFAULT '',
    columns text[] NOT NULL DEFAULT '{}',
    found jsonb NOT NULL DEFAULT '[]',
    done boolean NOT NULL DEFAULT false,
    trouble text NOT NULL DEFAULT '',
    person text,
    client text NOT NULL
);
CREATE INDEX discovery_unsent ON discovery (asked_at) WHERE sent_at IS NULL OR stop_asked;
