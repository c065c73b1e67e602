-- written by: collector

-- Which node reads a machine by the plant file, since when; the first ones have been so for ever.
CREATE TABLE assignment (
    machine text NOT NULL,
    since timestamptz NOT NULL,
    node text NOT NULL,
    PRIMARY KEY (machine, since)
);
