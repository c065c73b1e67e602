-- written by: alerts

-- Each wording of each rule that alerts has judged by, since when; the newest of a rule is in force. sha256: of the
-- definition, so that a restart adds nothing.
CREATE TABLE alert_rule (
    version bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    rule text NOT NULL,
    definition jsonb NOT NULL,
    sha256 text NOT NULL,
    since timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX alert_rule_rule ON alert_rule (rule, version DESC);

-- The latest status of every alarm; one row is one occurrence, from raised until nothing is left to do.
-- subject is the machine, the order of an order_late rule, or what several machines have in common.
-- The sub-states are those of OPC UA Part 9; `condition` sums the first four up, and quiet means: nobody is called.
-- root: the alarm from which this one follows, while or since it was suppressed by it. announced: people were told.
-- also_en, also_zh: what follows from it, to be read after its text.
CREATE TABLE alarm (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    rule text NOT NULL,
    rule_version bigint REFERENCES alert_rule,
    subject text NOT NULL,
    machine text,
    priority text NOT NULL CHECK (priority IN ('low', 'medium', 'high')),
    active boolean NOT NULL DEFAULT true,
    acked boolean NOT NULL DEFAULT false,
    confirmed boolean NOT NULL DEFAULT true,
    latched boolean NOT NULL DEFAULT false,
    shelving text NOT NULL DEFAULT 'unshelved' CHECK (shelving IN ('unshelved', 'one_shot', 'timed')),
    suppressed boolean NOT NULL DEFAULT false,
    out_of_service boolean NOT NULL DEFAULT false,
    announced boolean NOT NULL DEFAULT false,
    root bigint REFERENCES alarm,
    condition text NOT NULL GENERATED ALWAYS AS (
        CASE WHEN active AND acked THEN 'active_acked' WHEN active THEN 'active_unacked'
             WHEN NOT acked THEN 'cleared_unacked' WHEN NOT confirmed THEN 'cleared_unconfirmed'
             WHEN latched THEN 'latched' ELSE 'normal' END) STORED,
    quiet boolean NOT NULL GENERATED ALWAYS AS (shelving <> 'unshelved' OR suppressed OR out_of_service) STORED,
    text_en text NOT NULL,
    text_zh text NOT NULL,
    also_en text NOT NULL DEFAULT '',
    also_zh text NOT NULL DEFAULT '',
    raised_at timestamptz NOT NULL CHECK (raised_at >= '2000-01-01Z' AND raised_at < '2200-01-01Z'),
    acked_at timestamptz CHECK (acked_at >= '2000-01-01Z' AND acked_at < '2200-01-01Z'),
    acked_by text,
    cleared_at timestamptz CHECK (cleared_at >= '2000-01-01Z' AND cleared_at < '2200-01-01Z'),
    CONSTRAINT alarm_suppressed_by_one CHECK (NOT suppressed OR root IS NOT NULL)
);
-- One alarm for each rule and subject until it is over.
CREATE UNIQUE INDEX alarm_open ON alarm (rule, subject) WHERE condition <> 'normal';
CREATE INDEX alarm_raised ON alarm (raised_at);
CREATE INDEX alarm_root ON alarm (root) WHERE root IS NOT NULL;

-- Everything that ever happened to an alarm; only added to. request is the alarm_request that was carried out.
-- detail: what the decision rests on, as value and limit, the root alarm, the end of a shelving. told_with: the line in
-- whose message this one stands, set when that is made.
CREATE TABLE alarm_journal (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    alarm bigint NOT NULL REFERENCES alarm,
    event text NOT NULL CHECK (event IN ('raised', 'raised_again', 'cleared', 'acknowledged', 'confirmed', 'reset',
        'shelved', 'unshelved', 'shelving_ended', 'suppressed', 'unsuppressed', 'out_of_service', 'in_service',
        'chattering', 'calm', 'stale', 'escalated', 'nobody_on_call',
        'handed_over')),
    at timestamptz NOT NULL CHECK (at >= '2000-01-01Z' AND at < '2200-01-01Z'),
    by text,
    comment text NOT NULL DEFAULT '',
    request bigint UNIQUE,
    detail jsonb NOT NULL DEFAULT '{}',
    told_with bigint REFERENCES alarm_journal
);
CREATE INDEX alarm_journal_alarm ON alarm_journal (alarm);
CREATE INDEX alarm_journal_at ON alarm_journal (at);

-- What is shelved, by rule and subject, whether an alarm stands or not; `until` is the timer, and NULL for one shot.
-- alarm is the one at which it was asked for.
CREATE TABLE shelving (
    rule text NOT NULL,
    subject text NOT NULL,
    alarm bigint NOT NULL REFERENCES alarm,
    since timestamptz NOT NULL,
    until timestamptz CHECK (until > since),
    by text NOT NULL,
    comment text NOT NULL,
    PRIMARY KEY (rule, subject)
);

-- What maintenance has taken out of service, by rule and subject, until somebody ends it.
CREATE TABLE out_of_service (
    rule text NOT NULL,
    subject text NOT NULL,
    alarm bigint NOT NULL REFERENCES alarm,
    since timestamptz NOT NULL,
    by text NOT NULL,
    comment text NOT NULL,
    PRIMARY KEY (rule, subject)
);

-- Lines of the journal that wait to be told with others, in one message when due_at has come.
CREATE TABLE announcement (
    journal bigint PRIMARY KEY REFERENCES alarm_journal,
    alarm bigint NOT NULL REFERENCES alarm,
    rule text NOT NULL,
    subject text NOT NULL,
    event text NOT NULL,
    high boolean NOT NULL,
    channels text[] NOT NULL,
    machine_group text NOT NULL,
    together text NOT NULL,
    due_at timestamptz NOT NULL
);
CREATE INDEX announcement_due ON announcement (due_at);

-- What became of each request of a person. nothing: there was nothing to do. overtaken: the alarm came again after it.
CREATE TABLE alarm_request_outcome (
    request bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('done', 'nothing', 'overtaken'))
);

-- How far alerts has read table frame: every sample of an earlier transaction has been judged.
CREATE TABLE alerts_position (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    transaction xid8 NOT NULL
);
