-- written by: mes

-- Somebody at a machine asks for help. It is open until it has ended; one open call of a kind a machine. answered_at:
-- when somebody said that help is on the way.
CREATE TABLE andon_call (
    id uuid PRIMARY KEY,
    written bigint NOT NULL GENERATED ALWAYS AS IDENTITY UNIQUE,
    machine text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('maintenance', 'material', 'quality', 'supervisor')),
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL,
    answered_by text,
    answered_client text,
    answered_at timestamptz CHECK (answered_at >= at),
    ended_by text,
    ended_client text,
    ended_at timestamptz CHECK (ended_at >= at),
    CHECK ((answered_at IS NULL) = (answered_client IS NULL)),
    CHECK ((ended_at IS NULL) = (ended_client IS NULL))
);
CREATE UNIQUE INDEX andon_call_open ON andon_call (machine, kind) WHERE ended_at IS NULL;

-- What maintenance is to do: one open request for the root cause of an alarm; it closes with the alarm, or by a person.
-- alarm NULL: preventive, of counter. external_number: that of the maintenance system which has taken it over.
CREATE TABLE maintenance_request (
    id uuid PRIMARY KEY,
    written bigint NOT NULL GENERATED ALWAYS AS IDENTITY UNIQUE,
    alarm bigint,
    counter text,
    machine text,
    priority text NOT NULL CHECK (priority IN ('low', 'medium', 'high')),
    text_en text NOT NULL,
    text_zh text NOT NULL,
    external_number text CHECK (length(external_number) <= 64),
    opened_at timestamptz NOT NULL,
    closed_at timestamptz CHECK (closed_at >= opened_at),
    closed_by text,
    closed_client text,
    closed_because text CHECK (closed_because IN ('alarm_over', 'alarm_follows', 'person')),
    comment text NOT NULL DEFAULT '',
    CHECK ((alarm IS NULL) <> (counter IS NULL)),
    CHECK ((closed_at IS NULL) = (closed_because IS NULL)),
    CHECK ((closed_client IS NOT NULL) = coalesce(closed_because = 'person', false))
);
CREATE UNIQUE INDEX request_open ON maintenance_request (alarm) WHERE closed_at IS NULL AND alarm IS NOT NULL;
CREATE UNIQUE INDEX request_open_counter ON maintenance_request (counter) WHERE closed_at IS NULL AND counter IS NOT NULL;
CREATE INDEX request_of_alarm ON maintenance_request (alarm) WHERE alarm IS NOT NULL;

-- When the run hours of a machine were set back, as after a service; the hours count from the latest.
CREATE TABLE run_hour_reset (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    counter text NOT NULL,
    at timestamptz NOT NULL,
    person text,
    client text NOT NULL,
    comment text NOT NULL DEFAULT ''
);
CREATE INDEX run_hour_reset_counter ON run_hour_reset (counter, at);
