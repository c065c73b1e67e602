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
