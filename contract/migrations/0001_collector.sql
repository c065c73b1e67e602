-- written by: collector

-- The ledger of frames: its key makes every delivery exactly once.
-- `transaction` lets readers follow new frames without missing one that commits late.
CREATE TABLE frame (
    node text NOT NULL,
    epoch integer NOT NULL,
    seq bigint NOT NULL,
    lane text NOT NULL CHECK (lane IN ('live', 'backlog')),
    machines text[] NOT NULL,
    samples integer NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    sha256 bytea NOT NULL,
    ingested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (node, epoch, seq)
);
CREATE INDEX frame_transaction ON frame (transaction);

-- The names behind the short numbers in table sample.
CREATE TABLE series (
    series integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    machine text NOT NULL,
    tag text NOT NULL,
    UNIQUE (machine, tag)
);

-- Every sample read, as it came: source time, edge time, and by (node, epoch, seq) its frame and ingest time.
-- value is NULL exactly where quality is 2 (BAD). quality: 0 GOOD, 1 UNCERTAIN, 2 BAD.
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

-- The names behind sample.node.
CREATE TABLE node (
    number smallint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    node text NOT NULL UNIQUE,
    state text NOT NULL DEFAULT 'offline',
    epoch integer NOT NULL DEFAULT 0,
    since timestamptz
);

-- Messages that broke the contract, with the reason; payload cut to 64 KiB.
CREATE TABLE reject (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    rejected_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    topic text NOT NULL,
    reason text NOT NULL,
    payload bytea NOT NULL
);

-- Frames that were numbered but have not come: first_seq to last_seq of an epoch; deleted when they come late.
CREATE TABLE gap (
    node text NOT NULL,
    epoch integer NOT NULL,
    first_seq bigint NOT NULL,
    last_seq bigint NOT NULL,
    noticed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (node, epoch, first_seq)
);
