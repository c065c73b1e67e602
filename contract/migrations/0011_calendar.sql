-- written by: mes

-- revision: grows whenever something other than frames changes numbers: a calendar, an edit, an ideal cycle.
ALTER TABLE mes_position ADD COLUMN revision bigint NOT NULL DEFAULT 0;

-- The week of shifts of the plant file, each version from a production day on (NULL: always), with the edition of the
-- zone rules that it was read with. Only added to. known_from is NULL until the keeper of the facts has taken it in.
CREATE TABLE calendar_week (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    since date,
    zone text NOT NULL,
    zone_rules text NOT NULL,
    shifts jsonb NOT NULL,
    by text NOT NULL,
    why text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    known_from timestamptz
);

-- Dated exceptions from the week; only added to: of two for one day and shift the later known one holds.
-- shift is empty for the whole day.
CREATE TABLE calendar_override (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    day date NOT NULL,
    shift text NOT NULL DEFAULT '',
    kind text NOT NULL CHECK (kind IN ('holiday', 'cancelled', 'overtime', 'breaks', 'extra', 'withdrawn')),
    starts time,
    ends time,
    breaks jsonb,
    name jsonb,
    by text NOT NULL CHECK (by <> ''),
    why text NOT NULL CHECK (why <> ''),
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    known_from timestamptz
);
CREATE INDEX calendar_override_day ON calendar_override (day);
CREATE INDEX calendar_override_new ON calendar_override (id) WHERE known_from IS NULL;
