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

-- How far alerts has read table frame: every sample of an earlier transaction has been judged.
CREATE TABLE alerts_position (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    transaction xid8 NOT NULL
);
