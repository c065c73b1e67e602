-- written by: mes

-- What an hour of a tag with many samples comes to, so that a month can be drawn without reading millions of rows.
-- An hour without a row, or with an outdated one, is read from its samples.
-- longest_us: the longest time between two samples that follow each other in it.
-- at_us, value, quality: its first, least, greatest and last usable sample; empty where every one is BAD.
CREATE TABLE value_hour (
    series integer NOT NULL,
    hour timestamptz NOT NULL,
    samples integer NOT NULL DEFAULT 0,
    good integer NOT NULL DEFAULT 0,
    bad integer NOT NULL DEFAULT 0,
    longest_us bigint NOT NULL DEFAULT 0,
    at_us bigint[] NOT NULL DEFAULT '{}',
    value double precision[] NOT NULL DEFAULT '{}',
    quality smallint[] NOT NULL DEFAULT '{}',
    outdated boolean NOT NULL DEFAULT false,
    PRIMARY KEY (series, hour)
);
CREATE INDEX value_hour_outdated ON value_hour (hour DESC, series) WHERE outdated;
CREATE INDEX value_hour_hour ON value_hour USING brin (hour);

-- Which hours of a series have been looked at: from_hour included, to_hour excluded.
CREATE TABLE value_hours_made (
    series integer PRIMARY KEY,
    from_hour timestamptz NOT NULL,
    to_hour timestamptz NOT NULL,
    begun boolean NOT NULL DEFAULT false
);

-- The hours hold every frame before this transaction.
CREATE TABLE value_position (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    transaction xid8 NOT NULL
);
