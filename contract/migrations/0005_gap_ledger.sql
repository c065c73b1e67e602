-- written by: collector

-- What the loss certificate needs of each frame: `before` is how many samples earlier frames of its epoch held,
-- edge_from to edge_to is when the agent read it, `held_out` how many of its samples have a time that cannot be true.
-- Such a sample is kept with 4 added to its quality; no reader of KPIs or rules takes it, nor do first_at and last_at.
ALTER TABLE frame
    ADD COLUMN before bigint NOT NULL DEFAULT 0,
    ADD COLUMN edge_from timestamptz NOT NULL DEFAULT clock_timestamp(),
    ADD COLUMN edge_to timestamptz NOT NULL DEFAULT clock_timestamp(),
    ADD COLUMN held_out integer NOT NULL DEFAULT 0;
CREATE INDEX frame_edge_from ON frame (edge_from);

-- Which frame a refused message was, where that could be read.
ALTER TABLE reject ADD COLUMN node text, ADD COLUMN epoch bigint, ADD COLUMN seq bigint;
CREATE INDEX reject_frame ON reject (node, epoch, seq);

-- Spans in which something was not read or not kept, as the edge agent told them; to_at is NULL while it lasts.
-- cause: device_away, agent_down, journal_full, journal_damaged; device is empty where the whole node is meant.
-- lost: samples that were read and then dropped, in frames first_seq to last_seq of an epoch (0: never numbered).
CREATE TABLE unread (
    node text NOT NULL,
    cause text NOT NULL,
    device text NOT NULL,
    from_at timestamptz NOT NULL,
    to_at timestamptz,
    series text[] NOT NULL,
    lost bigint NOT NULL,
    epoch integer NOT NULL,
    first_seq bigint NOT NULL,
    last_seq bigint NOT NULL,
    noticed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (node, cause, device, from_at, epoch)
);
CREATE INDEX unread_open ON unread (node, device) WHERE to_at IS NULL;

-- How far each clock is from the collector's, once a minute: the least of (ours - theirs), microseconds.
-- source is a node, or a machine whose device keeps a time of its own.
CREATE TABLE clock (
    source text NOT NULL,
    minute timestamptz NOT NULL,
    offset_us bigint NOT NULL,
    samples bigint NOT NULL,
    PRIMARY KEY (source, minute)
);
