-- written by: alerts

-- What alerts has found for a rule_trial. trouble: why it could not be tried, else empty. times: when an alarm would have
-- been active, each with subject, begin_us, end_us (null: at the end still) and its text in both languages; of more than
-- a thousand the first, and count says how many there were. messages: what each channel would have got. Kept for a week.
CREATE TABLE rule_trial_answer (
    trial bigint PRIMARY KEY,
    trouble text NOT NULL DEFAULT '',
    times jsonb NOT NULL DEFAULT '[]',
    count integer NOT NULL DEFAULT 0,
    messages integer NOT NULL DEFAULT 0,
    active_us bigint NOT NULL DEFAULT 0,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX rule_trial_answer_at ON rule_trial_answer (at);
