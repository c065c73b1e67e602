-- written by: mes

-- Ideal cycles: from from_at on a part of a product (NULL: any) on a machine takes cycle_us at best; only added to.
-- Of two for one machine, product and instant the later known holds; cycle_us NULL takes the entry away.
CREATE TABLE ideal_cycle (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    machine text NOT NULL,
    product text,
    from_at timestamptz NOT NULL,
    cycle_us bigint CHECK (cycle_us > 0),
    source text NOT NULL CHECK (source IN ('plant file', 'api')),
    by text NOT NULL CHECK (by <> ''),
    why text NOT NULL CHECK (why <> ''),
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    known_from timestamptz
);
CREATE INDEX ideal_cycle_new ON ideal_cycle (id) WHERE known_from IS NULL;

-- The plant's own policy, each time it became another one.
CREATE TABLE plant_policy (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    version integer NOT NULL,
    known_from timestamptz NOT NULL
);

-- What has changed in a window that was final: of a machine (NULL: of all), why, and by whom. Everything that was told
-- before is read with as_of known_before, everything that is told since with as_of known_at. cause_id is the edit,
-- the calendar's exception or the ideal cycle. Late data that trickle in are one restatement while they do.
CREATE TABLE restatement (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    machine text,
    from_at timestamptz NOT NULL,
    to_at timestamptz NOT NULL CHECK (to_at > from_at),
    cause text NOT NULL CHECK (cause IN ('late data', 'plant file', 'edit', 'calendar', 'ideal cycle', 'policy')),
    cause_id bigint,
    by text NOT NULL,
    why text NOT NULL,
    known_before timestamptz NOT NULL,
    known_at timestamptz NOT NULL
);
CREATE INDEX restatement_machine ON restatement (machine, to_at);
