-- written by: collector

-- The ledger of frames. Its key makes every delivery exactly once; `transaction` lets readers follow new frames without
-- missing one that commits late.
-- before: samples in earlier frames of the epoch. edge_from to edge_to: when the agent read it.
-- held_out: samples with a time that cannot be true. They are kept with 4 added to their quality; no reader of KPIs or
-- rules takes them, nor do first_at and last_at.
-- changed_*: the span of which machines this frame has changed in sequence_gap and collection_gap; NULL: none.
-- span_*: where the samples lie far apart, the spans that they touch; NULL: first_at to last_at says it all; no span at
-- all: every sample is held out.
CREATE TABLE frame (
    node text NOT NULL,
    epoch integer NOT NULL,
    seq bigint NOT NULL,
    lane text NOT NULL CHECK (lane IN ('live', 'backlog')),
    machines text[] NOT NULL,
    samples integer NOT NULL,
    before bigint NOT NULL DEFAULT 0,
    held_out integer NOT NULL DEFAULT 0,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    edge_from timestamptz NOT NULL DEFAULT clock_timestamp(),
    edge_to timestamptz NOT NULL DEFAULT clock_timestamp(),
    sha256 bytea NOT NULL,
    ingested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
    changed_from timestamptz,
    changed_to timestamptz,
    changed_machines text[],
    span_machines text[],
    span_from timestamptz[],
    span_to timestamptz[],
    PRIMARY KEY (node, epoch, seq)
);
CREATE INDEX frame_transaction ON frame (transaction);
CREATE INDEX frame_edge_from ON frame (edge_from);
-- Rows lie in the order in which they came, so that an index of their ranges costs next to nothing.
CREATE INDEX frame_ingested_at ON frame USING brin (ingested_at);
-- What came last from a node: by arrival, for its numbers are its own and may be wrong.
CREATE INDEX frame_node_transaction ON frame (node, transaction);

-- The names behind the short numbers in table sample.
CREATE TABLE series (
    series integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    machine text NOT NULL,
    tag text NOT NULL,
    UNIQUE (machine, tag)
);

-- Every sample read, as it came: source time, edge time, and by (node, epoch, seq) its frame and ingest time.
-- value is NULL exactly where quality is 2 (BAD). quality: 0 GOOD, 1 UNCERTAIN, 2 BAD; +4 held out; +8 the value is the
-- number of a text. Readers of numbers take quality < 4.
CREATE TABLE sample (
    at timestamptz NOT NULL,
    edge_at timestamptz NOT NULL,
    series integer NOT NULL,
    epoch integer NOT NULL,
    seq bigint NOT NULL,
    value double precision,
    quality smallint NOT NULL,
    node smallint NOT NULL
) PARTITION BY RANGE (at);
CREATE INDEX sample_series_at ON sample (series, at);

-- The texts behind samples with 8 added to their quality.
CREATE TABLE text_value (
    number integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    text text NOT NULL UNIQUE CHECK (length(text) <= 500)
);

-- The names behind sample.node, and what is known of each agent. machines: those of which it has ever sent samples.
CREATE TABLE node (
    number smallint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    node text NOT NULL UNIQUE,
    state text NOT NULL DEFAULT 'offline',
    epoch integer NOT NULL DEFAULT 0,
    since timestamptz,
    machines text[] NOT NULL DEFAULT '{}'
);

-- Which node reads a machine by the plant file, since when; the first ones have been so for ever.
CREATE TABLE assignment (
    machine text NOT NULL,
    since timestamptz NOT NULL,
    node text NOT NULL,
    PRIMARY KEY (machine, since)
);

-- Messages that broke the contract, each once, with the reason; sha256 is that of topic, a zero byte and the payload.
-- A frame of which node, epoch and seq could be read is acknowledged, and so its payload is kept whole; all others are
-- cut to 64 KiB.
CREATE TABLE rejected_message (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    rejected_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    topic text NOT NULL,
    reason text NOT NULL,
    payload bytea NOT NULL,
    sha256 bytea NOT NULL,
    node text,
    epoch bigint,
    seq bigint
);
CREATE UNIQUE INDEX rejected_message_sha256 ON rejected_message (sha256);
CREATE INDEX rejected_message_frame ON rejected_message (node, epoch, seq);
CREATE INDEX rejected_message_rejected_at ON rejected_message (rejected_at);

-- Frames that were numbered but have not come: first_seq to last_seq of an epoch; deleted when they come late.
-- from_at to to_at: the edge times of the frames beside them; machines: those of the node.
-- cause: dropped, when the agent has told that it gave all these frames up; else missing.
-- certain: missing for so long that they are not merely on their way; from then on the KPIs count it as NO_DATA.
-- transaction: in which it became so; when a late frame changes a gap, that frame says what has changed.
CREATE TABLE sequence_gap (
    node text NOT NULL,
    epoch integer NOT NULL,
    first_seq bigint NOT NULL,
    last_seq bigint NOT NULL,
    noticed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    from_at timestamptz NOT NULL,
    to_at timestamptz NOT NULL,
    machines text[] NOT NULL DEFAULT '{}',
    cause text NOT NULL DEFAULT 'missing' CHECK (cause IN ('missing', 'dropped')),
    certain boolean NOT NULL DEFAULT false,
    transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (node, epoch, first_seq)
);
CREATE INDEX sequence_gap_transaction ON sequence_gap (transaction) WHERE certain;
CREATE INDEX sequence_gap_to_at ON sequence_gap (to_at);
CREATE INDEX sequence_gap_noticed_at ON sequence_gap (noticed_at);

-- Spans in which something was not read or not kept, as the edge agent told them; to_at is NULL while it lasts.
-- cause: device_away, agent_down, journal_full, journal_damaged, …; device is empty where the whole node is meant.
-- lost: samples that were read and then dropped, in frames first_seq to last_seq of an epoch (0: never numbered).
-- told_epoch, told_seq, nth: each drop of a full journal is told once, as the nth gap of that frame; 0 for other causes.
-- numbered: all samples of the frames up to last_seq of `epoch`, told by agent_down of the earlier life.
CREATE TABLE collection_gap (
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
    told_epoch integer NOT NULL DEFAULT 0,
    told_seq bigint NOT NULL DEFAULT 0,
    nth integer NOT NULL DEFAULT 0,
    numbered bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (node, cause, device, from_at, epoch, told_epoch, told_seq, nth)
);
CREATE INDEX collection_gap_open ON collection_gap (node, device) WHERE to_at IS NULL;
CREATE INDEX collection_gap_from_at ON collection_gap (from_at);
CREATE INDEX collection_gap_epoch ON collection_gap (node, epoch);
-- The few spans that were lost as a whole are asked for by where they end, all others by where they begin.
CREATE INDEX collection_gap_full ON collection_gap (to_at) WHERE cause = 'journal_full';
-- What was lost lately is asked for each second, whatever has gathered in years.
CREATE INDEX collection_gap_noticed_at ON collection_gap (noticed_at) WHERE lost > 0 OR cause = 'journal_damaged';

-- How far each clock is from the collector's, once a minute: the least of (ours - theirs), microseconds.
-- source is a node, or a machine whose device keeps a time of its own.
CREATE TABLE clock (
    source text NOT NULL,
    minute timestamptz NOT NULL,
    offset_us bigint NOT NULL,
    samples bigint NOT NULL,
    PRIMARY KEY (source, minute)
);
