-- written by: mes

-- Who is on call: a roster has rotations of members who take turns. Each change is a version; the newest holds. active:
-- false ends it.
CREATE TABLE roster (
    id text NOT NULL CHECK (id ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
    version integer NOT NULL CHECK (version > 0),
    name_en text NOT NULL CHECK (name_en <> ''),
    name_zh text NOT NULL CHECK (name_zh <> ''),
    zone text NOT NULL CHECK (zone <> ''),
    active boolean NOT NULL DEFAULT true,
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (id, version)
);

-- members: personnel numbers in the order of their turns, of so many days each, the first from first_day on; handover:
-- by the clock of the roster's zone. shifts: of the calendar; empty: at all times. skill: whoever takes a turn has it.
CREATE TABLE rotation (
    roster text NOT NULL,
    version integer NOT NULL,
    nth integer NOT NULL CHECK (nth >= 0),
    members text[] NOT NULL,
    days integer NOT NULL CHECK (days BETWEEN 1 AND 366),
    handover time NOT NULL,
    first_day date NOT NULL,
    shifts text[] NOT NULL DEFAULT '{}',
    skill text CHECK (skill <> ''),
    PRIMARY KEY (roster, version, nth),
    FOREIGN KEY (roster, version) REFERENCES roster
);

-- For a span of time somebody is on call beside the others, is not, or is in place of another. ended_at: taken back.
CREATE TABLE roster_override (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    written bigint NOT NULL UNIQUE GENERATED ALWAYS AS IDENTITY,
    roster text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('add', 'remove', 'replace')),
    holder text NOT NULL REFERENCES person (number),
    instead_of text REFERENCES person (number),
    begins_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL CHECK (ends_at > begins_at),
    why text NOT NULL DEFAULT '',
    ended_at timestamptz,
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT roster_override_replaces CHECK ((kind = 'replace') = (instead_of IS NOT NULL))
);
CREATE INDEX roster_override_of ON roster_override (roster, ends_at) WHERE ended_at IS NULL;

-- Whom an alarm of this owner calls for as long as nobody acknowledges it. repeat_every_us: the steps begin again so long
-- after the last; NULL: never. repeats: how often at most; NULL: until somebody acknowledges.
CREATE TABLE escalation_policy (
    id text NOT NULL CHECK (id ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
    version integer NOT NULL CHECK (version > 0),
    name_en text NOT NULL CHECK (name_en <> ''),
    name_zh text NOT NULL CHECK (name_zh <> ''),
    repeat_every_us bigint CHECK (repeat_every_us > 0),
    repeats integer CHECK (repeats >= 0),
    active boolean NOT NULL DEFAULT true,
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (id, version)
);

-- after_us: so long after the step before. A roster's persons on call, or a channel's group: never a person, so that
-- overrides always hold.
CREATE TABLE escalation_step (
    policy text NOT NULL,
    version integer NOT NULL,
    nth integer NOT NULL CHECK (nth >= 0),
    after_us bigint NOT NULL CHECK (after_us >= 0),
    roster text,
    channel text,
    PRIMARY KEY (policy, version, nth),
    FOREIGN KEY (policy, version) REFERENCES escalation_policy,
    CONSTRAINT escalation_step_calls_one CHECK (num_nonnulls(roster, channel) = 1)
);

-- How a person wants to be called for alarms of a priority: through which channel, at which address there (NULL: the
-- channel knows), how long after the step. quiet_from to quiet_to, by the site's clock: only high priority calls.
CREATE TABLE notification_rule (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    written bigint NOT NULL UNIQUE GENERATED ALWAYS AS IDENTITY,
    holder text NOT NULL REFERENCES person (number),
    priority text NOT NULL CHECK (priority IN ('low', 'medium', 'high')),
    channel text NOT NULL CHECK (channel <> ''),
    address text CHECK (address <> ''),
    after_us bigint NOT NULL DEFAULT 0 CHECK (after_us >= 0),
    quiet_from time,
    quiet_to time,
    ended_at timestamptz,
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT notification_rule_quiet CHECK (num_nonnulls(quiet_from, quiet_to) IN (0, 2))
);
CREATE INDEX notification_rule_of ON notification_rule (holder) WHERE ended_at IS NULL;

-- What a person can do, until the end of a day; NULL: for good. level: as the company counts.
CREATE TABLE skill_grant (
    holder text NOT NULL REFERENCES person (number),
    skill text NOT NULL CHECK (skill <> ''),
    level integer NOT NULL DEFAULT 1 CHECK (level BETWEEN 1 AND 9),
    expires_on date,
    ended_at timestamptz,
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (holder, skill)
);

-- The secret address of a person's shifts for a calendar program; a new one takes the place of the old.
CREATE TABLE calendar_feed (
    holder text PRIMARY KEY REFERENCES person (number),
    hash bytea NOT NULL UNIQUE CHECK (length(hash) = 32),
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
