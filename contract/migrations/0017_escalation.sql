-- written by: alerts

-- Alarms that call somebody for as long as nobody acknowledges them: the step that is due next, and when. The timer is
-- this row: a restart loses none. next_at NULL: all steps are done, or, with waits, the policy is not there. since: when it began.
CREATE TABLE escalation_state (
    alarm bigint PRIMARY KEY REFERENCES alarm,
    policy text NOT NULL,
    since timestamptz NOT NULL,
    round integer NOT NULL CHECK (round >= 0),
    step integer NOT NULL CHECK (step >= 0),
    next_at timestamptz,
    waits boolean NOT NULL DEFAULT false
);
CREATE INDEX escalation_due ON escalation_state (next_at) WHERE next_at IS NOT NULL;

-- A person who is called later than the step, by a delay or a quiet time of theirs; gone when somebody acknowledges.
CREATE TABLE notification_due (
    journal bigint NOT NULL REFERENCES alarm_journal,
    alarm bigint NOT NULL REFERENCES alarm,
    person text NOT NULL,
    channel text NOT NULL,
    address text,
    language text CHECK (language IN ('en', 'zh')),
    due_at timestamptz NOT NULL,
    PRIMARY KEY (journal, person, channel)
);
CREATE INDEX notification_due_alarm ON notification_due (alarm);

-- Who was on call when; the row without an end is of now.
CREATE TABLE on_call_history (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    roster text NOT NULL,
    person text NOT NULL,
    from_at timestamptz NOT NULL,
    to_at timestamptz CHECK (to_at >= from_at)
);
CREATE UNIQUE INDEX on_call_now ON on_call_history (roster, person) WHERE to_at IS NULL;
CREATE INDEX on_call_when ON on_call_history (roster, from_at);
