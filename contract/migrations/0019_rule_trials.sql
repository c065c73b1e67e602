-- written by: mes

-- Rules that somebody wants to try over a span of the past, before they are switched on; alerts answers in
-- rule_trial_answer. rule: as it is written in a plant file. Kept for a week.
CREATE TABLE rule_trial (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    rule text NOT NULL,
    begin_at timestamptz NOT NULL,
    end_at timestamptz NOT NULL CHECK (end_at > begin_at),
    by text NOT NULL CHECK (by <> ''),
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX rule_trial_at ON rule_trial (at);
