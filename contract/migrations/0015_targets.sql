-- written by: mes

-- Which share of its ideal number of parts is asked of a line, from an instant on until the next one begins. share NULL:
-- what was said of that instant is taken back. Of one line and instant the newest row holds. Walls and reports show by
-- it what is due; no KPI rests on it.
CREATE TABLE target (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    line text NOT NULL,
    from_at timestamptz NOT NULL CHECK (from_at >= '1970-01-01Z' AND from_at < '2200-01-01Z'),
    share numeric(5, 4) CHECK (share > 0 AND share <= 1),
    source text NOT NULL CHECK (source IN ('plant file', 'person')),
    by text NOT NULL CHECK (by <> ''),
    why text NOT NULL CHECK (why <> ''),
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX target_line ON target (line, from_at);
