-- written by: alerts

-- The latest condition of every alarm (ISA-18.2); one row is one occurrence, from raised to cleared and acknowledged.
-- subject is the machine, or the order of an order_late rule.
CREATE TABLE alarm (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    rule text NOT NULL,
    subject text NOT NULL,
    machine text,
    priority text NOT NULL CHECK (priority IN ('low', 'medium', 'high')),
    condition text NOT NULL CHECK (condition IN ('active_unacked', 'active_acked', 'cleared_unacked', 'normal')),
    text_en text NOT NULL,
    text_zh text NOT NULL,
    raised_at timestamptz NOT NULL CHECK (raised_at >= '2000-01-01Z' AND raised_at < '2200-01-01Z'),
    acked_at timestamptz CHECK (acked_at >= '2000-01-01Z' AND acked_at < '2200-01-01Z'),
    acked_by text,
    cleared_at timestamptz CHECK (cleared_at >= '2000-01-01Z' AND cleared_at < '2200-01-01Z')
);
-- One alarm for each rule and subject until it is over.
CREATE UNIQUE INDEX alarm_open ON alarm (rule, subject) WHERE condition <> 'normal';

-- Everything that ever happened to an alarm; only added to. request is the alarm_request that was carried out.
CREATE TABLE alarm_journal (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    alarm bigint NOT NULL REFERENCES alarm,
    event text NOT NULL CHECK (event IN ('raised', 'acknowledged', 'cleared', 'raised_again')),
    at timestamptz NOT NULL CHECK (at >= '2000-01-01Z' AND at < '2200-01-01Z'),
    by text,
    comment text NOT NULL DEFAULT '',
    request bigint UNIQUE
);
CREATE INDEX alarm_journal_alarm ON alarm_journal (alarm);

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

-- How far alerts has read table frame: every sample of an earlier transaction has been judged.
CREATE TABLE alerts_position (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    transaction xid8 NOT NULL
);
