-- written by: mes

-- The state tape of each machine: a row is where a state begins, the next row is where it ends.
-- Overlap and holes cannot be written. Before a machine's first row the state is 0, NO_DATA.
-- The last row may lie a little ahead of now: it is where NO_DATA begins unless another sample comes.
CREATE TABLE state_change (
    machine text NOT NULL,
    at timestamptz NOT NULL,
    state smallint NOT NULL,
    PRIMARY KEY (machine, at)
);

-- The product tape of each machine, in the same form; product is NULL while unknown.
CREATE TABLE product_change (
    machine text NOT NULL,
    at timestamptz NOT NULL,
    product text,
    PRIMARY KEY (machine, at)
);

-- Parts made between the samples at `since` and `at`, known at `at`; counter: total, good or reject.
-- unseen is true when the two samples lie further apart than the machine's no_data_after:
-- the parts are real, but in which minute and state they were made is not known.
CREATE TABLE count_step (
    machine text NOT NULL,
    counter text NOT NULL CHECK (counter IN ('total', 'good', 'reject')),
    at timestamptz NOT NULL,
    since timestamptz NOT NULL,
    parts bigint NOT NULL CHECK (parts > 0),
    unseen boolean NOT NULL,
    PRIMARY KEY (machine, counter, at)
);

-- How far mes has read table frame: every frame of an earlier transaction is in the facts.
-- basis is a hash of what the plant file says about tags: when it changes, all facts are made anew.
CREATE TABLE mes_position (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    transaction xid8 NOT NULL,
    basis text NOT NULL
);

-- Production orders; exactly one of machine and line.
CREATE TABLE work_order (
    id text PRIMARY KEY,
    product text NOT NULL,
    quantity bigint NOT NULL CHECK (quantity > 0),
    due_at timestamptz NOT NULL,
    machine text,
    line text,
    started_at timestamptz,
    ended_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_by text NOT NULL,
    CHECK ((machine IS NULL) <> (line IS NULL)),
    CHECK (ended_at IS NULL OR started_at IS NOT NULL),
    CHECK (ended_at >= started_at)
);

-- The latest progress of each running order, for the wall and for alerts; derived, written on each refresh.
CREATE TABLE order_progress (
    id text PRIMARY KEY REFERENCES work_order ON DELETE CASCADE,
    done bigint NOT NULL,
    rate_per_hour double precision,
    expected_end timestamptz,
    late_by interval,
    as_of timestamptz NOT NULL
);

-- What people asked to be done to an alarm; alerts reads it and acts.
CREATE TABLE alarm_request (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    alarm bigint NOT NULL,
    action text NOT NULL CHECK (action IN ('acknowledge')),
    by text NOT NULL,
    comment text NOT NULL DEFAULT '',
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
