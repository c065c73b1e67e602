-- written by: alerts

-- high: goes before the others. attempted_at: when it was last sent, written before it is. refused: how often the
-- receiver has answered that it does not take this message; a receiver that takes nothing is in channel_trouble.
ALTER TABLE delivery
    ADD COLUMN high boolean NOT NULL DEFAULT false,
    ADD COLUMN attempted_at timestamptz,
    ADD COLUMN refused integer NOT NULL DEFAULT 0;
UPDATE delivery d SET high = true
  FROM alarm_journal j JOIN alarm a ON a.id = j.alarm
 WHERE j.id = d.journal AND d.delivered_at IS NULL AND a.priority = 'high';
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

-- Nobody could judge, send or show such a row.
ALTER TABLE alarm ADD CHECK (priority IN ('low', 'medium', 'high')) NOT VALID,
    ADD CHECK (raised_at >= '2000-01-01Z' AND raised_at < '2200-01-01Z') NOT VALID,
    ADD CHECK (acked_at >= '2000-01-01Z' AND acked_at < '2200-01-01Z') NOT VALID,
    ADD CHECK (cleared_at >= '2000-01-01Z' AND cleared_at < '2200-01-01Z') NOT VALID;
ALTER TABLE alarm_journal ADD CHECK (at >= '2000-01-01Z' AND at < '2200-01-01Z') NOT VALID;
ALTER TABLE delivery ADD CHECK (next_attempt_at >= '2000-01-01Z' AND next_attempt_at < '2200-01-01Z') NOT VALID;
