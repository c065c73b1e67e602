-- written by: alerts

-- What is to be sent to whom; a row is written with its journal entry and survives a crash.
-- high: goes before the others. attempted_at: when it was last sent, written before it is. refused: how often the
-- receiver has answered that it does not take this message; a receiver that takes nothing is in channel_trouble.
CREATE TABLE delivery (
    journal bigint NOT NULL REFERENCES alarm_journal,
    channel text NOT NULL,
    high boolean NOT NULL DEFAULT false,
    attempts integer NOT NULL DEFAULT 0,
    attempted_at timestamptz,
    next_attempt_at timestamptz NOT NULL CHECK (next_attempt_at >= '2000-01-01Z' AND next_attempt_at < '2200-01-01Z'),
    delivered_at timestamptz,
    refused integer NOT NULL DEFAULT 0,
    last_error text,
    PRIMARY KEY (journal, channel)
);
CREATE INDEX delivery_due ON delivery (channel, next_attempt_at) WHERE delivered_at IS NULL;
CREATE INDEX delivery_next ON delivery (channel, high DESC, journal) WHERE delivered_at IS NULL AND refused = 0;
CREATE INDEX delivery_attempted ON delivery (channel, attempted_at) WHERE attempted_at IS NOT NULL;

-- Why a channel takes nothing now, since when, and until when it is left alone; a channel without a row works.
CREATE TABLE channel_trouble (
    channel text PRIMARY KEY,
    trouble text NOT NULL CHECK (trouble IN ('down', 'too_fast')),
    reason text NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz NOT NULL
);
