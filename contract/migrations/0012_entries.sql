-- written by: mes

-- What people enter at a tablet, with or without a network, each once: id is the tablet's, seq rises in its order. at:
-- when it was entered, by our clock. subject: what the next entry about the same waits for, where this one does. said: the entry as it was sent. problem: why it could not be carried out as it was
-- meant; NULL: it was. touches, took_ms: what it has cost the person.
CREATE TABLE tablet_entry (
    id uuid PRIMARY KEY,
    written bigint NOT NULL GENERATED ALWAYS AS IDENTITY UNIQUE,
    device uuid NOT NULL,
    seq bigint NOT NULL CHECK (seq > 0),
    machine text NOT NULL,
    subject text NOT NULL,
    kind text NOT NULL,
    said jsonb NOT NULL,
    person text NOT NULL,
    client text NOT NULL,
    at timestamptz NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    touches integer NOT NULL CHECK (touches >= 0),
    took_ms bigint NOT NULL CHECK (took_ms >= 0),
    problem jsonb,
    UNIQUE (device, seq)
);
CREATE INDEX tablet_entry_at ON tablet_entry (at);
CREATE INDEX tablet_entry_conflict ON tablet_entry (written) WHERE problem IS NOT NULL;

-- What became of an entry that could not be carried out: a person has carried it out all the same, or thrown it away.
CREATE TABLE tablet_decision (
    entry uuid PRIMARY KEY REFERENCES tablet_entry,
    decision text NOT NULL CHECK (decision IN ('applied', 'discarded')),
    why text NOT NULL CHECK (why <> ''),
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
