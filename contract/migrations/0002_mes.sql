-- written by: mes

-- Facts. Each row holds since `known_from`; a row that holds no more moves to its *_history table with the instant from
-- which it was known to be different.

-- The state tape of each machine: a row is where a state begins, the next row is where it ends.
-- Overlap and holes cannot be written. Before a machine's first row the state is 0, NO_DATA.
-- The last row may lie a little ahead of now: it is where NO_DATA begins unless another sample comes.
CREATE TABLE state_change (
    machine text NOT NULL,
    at timestamptz NOT NULL,
    state smallint NOT NULL,
    known_from timestamptz NOT NULL DEFAULT '-infinity',
    PRIMARY KEY (machine, at)
);

-- The product tape of each machine, in the same form; product is NULL while unknown.
CREATE TABLE product_change (
    machine text NOT NULL,
    at timestamptz NOT NULL,
    product text,
    known_from timestamptz NOT NULL DEFAULT '-infinity',
    PRIMARY KEY (machine, at)
);

-- What a machine's order tag shows, in the form of the state tape; shown is NULL for none. Operations of the orders
-- that it shows run by it.
CREATE TABLE order_change (
    machine text NOT NULL,
    at timestamptz NOT NULL,
    shown text,
    PRIMARY KEY (machine, at)
);
CREATE INDEX order_change_shown ON order_change (shown);

-- Parts made between the samples at `since` and `at`, known at `at`.
-- most: the upper bound of the parts where a reset or a wrap of the counter may have hidden some, else equal to parts.
-- A step of no certain part stands where only its bound is known.
-- bridged: the two samples lie further apart than the machine's no_data_after; the parts are real, but in which minute
-- and state they were made is not known.
-- counter 'reported': of the parts that counters told to be good at an instant so many are scrap, as people report.
CREATE TABLE count_step (
    machine text NOT NULL,
    counter text NOT NULL CHECK (counter IN ('total', 'good', 'scrap', 'rework', 'reported')),
    at timestamptz NOT NULL,
    since timestamptz NOT NULL,
    parts bigint NOT NULL,
    most bigint NOT NULL,
    bridged boolean NOT NULL,
    known_from timestamptz NOT NULL DEFAULT '-infinity',
    PRIMARY KEY (machine, counter, at),
    CHECK (parts >= 0 AND most >= parts AND most > 0)
);

CREATE TABLE state_history (
    machine text NOT NULL,
    at timestamptz NOT NULL,
    state smallint NOT NULL,
    known_from timestamptz NOT NULL,
    known_to timestamptz NOT NULL,
    PRIMARY KEY (machine, at, known_from)
);
CREATE TABLE product_history (
    machine text NOT NULL,
    at timestamptz NOT NULL,
    product text,
    known_from timestamptz NOT NULL,
    known_to timestamptz NOT NULL,
    PRIMARY KEY (machine, at, known_from)
);
CREATE TABLE step_history (
    machine text NOT NULL,
    counter text NOT NULL,
    at timestamptz NOT NULL,
    since timestamptz NOT NULL,
    parts bigint NOT NULL,
    most bigint NOT NULL,
    bridged boolean NOT NULL,
    known_from timestamptz NOT NULL,
    known_to timestamptz NOT NULL,
    PRIMARY KEY (machine, counter, at, known_from)
);
-- Rows come in the order of known_to, and retention takes the oldest.
CREATE INDEX state_history_known_to ON state_history USING brin (known_to);
CREATE INDEX product_history_known_to ON product_history USING brin (known_to);
CREATE INDEX step_history_known_to ON step_history USING brin (known_to);

CREATE FUNCTION states_known(as_of timestamptz) RETURNS TABLE (machine text, at timestamptz, state smallint)
LANGUAGE sql STABLE AS $$
    SELECT s.machine, s.at, s.state FROM state_change s WHERE as_of IS NULL OR s.known_from <= as_of
    UNION ALL
    SELECT s.machine, s.at, s.state FROM state_history s
     WHERE as_of IS NOT NULL AND s.known_from <= as_of AND s.known_to > as_of
$$;
CREATE FUNCTION products_known(as_of timestamptz) RETURNS TABLE (machine text, at timestamptz, product text)
LANGUAGE sql STABLE AS $$
    SELECT p.machine, p.at, p.product FROM product_change p WHERE as_of IS NULL OR p.known_from <= as_of
    UNION ALL
    SELECT p.machine, p.at, p.product FROM product_history p
     WHERE as_of IS NOT NULL AND p.known_from <= as_of AND p.known_to > as_of
$$;
CREATE FUNCTION steps_known(as_of timestamptz)
RETURNS TABLE (machine text, counter text, at timestamptz, since timestamptz, parts bigint, most bigint, bridged boolean)
LANGUAGE sql STABLE AS $$
    SELECT s.machine, s.counter, s.at, s.since, s.parts, s.most, s.bridged
      FROM count_step s WHERE as_of IS NULL OR s.known_from <= as_of
    UNION ALL
    SELECT s.machine, s.counter, s.at, s.since, s.parts, s.most, s.bridged
      FROM step_history s WHERE as_of IS NOT NULL AND s.known_from <= as_of AND s.known_to > as_of
$$;

-- The product in force at a moment on one machine; two index probes at most.
CREATE FUNCTION product_in_force(which text, moment timestamptz, as_of timestamptz)
RETURNS TABLE (at timestamptz, product text)
LANGUAGE sql STABLE AS $$
    SELECT found.at, found.product FROM (
        (SELECT p.at, p.product FROM product_change p
          WHERE p.machine = which AND p.at <= moment AND (as_of IS NULL OR p.known_from <= as_of)
          ORDER BY p.at DESC LIMIT 1)
        UNION ALL
        (SELECT p.at, p.product FROM product_history p
          WHERE as_of IS NOT NULL AND p.machine = which AND p.at <= moment
            AND p.known_from <= as_of AND p.known_to > as_of
          ORDER BY p.at DESC LIMIT 1)) AS found
     ORDER BY found.at DESC LIMIT 1
$$;

-- The keeper's position: every frame of an earlier transaction is in the facts.
-- inputs_hash: for each machine a hash of what turns its samples into facts; where it changes they are made anew.
-- known_at: the instant of knowledge of the last transaction; each has a later one than the one before it.
-- versions_since: what was known before this instant cannot be told any more.
-- revision: grows whenever something other than frames changes numbers: a calendar, an edit, an ideal cycle.
CREATE TABLE mes_position (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    transaction xid8 NOT NULL,
    inputs_hash text NOT NULL,
    known_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    versions_since timestamptz NOT NULL DEFAULT clock_timestamp(),
    revision bigint NOT NULL DEFAULT 0
);

-- Time of machines of which samples came late and whose facts wait to be made again; both ends included.
-- A span that is done stays for a day, so that whoever shows facts learns of it.
CREATE TABLE late_span (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    machine text NOT NULL,
    from_us bigint NOT NULL,
    to_us bigint NOT NULL,
    done_at timestamptz
);
CREATE INDEX late_span_waiting ON late_span (machine, from_us) WHERE done_at IS NULL;
CREATE INDEX late_span_done ON late_span (done_at) WHERE done_at IS NOT NULL;

-- Time of machines in which the scrap that people report may be of other parts than before, and is to be set against
-- the counters again; of each machine one span.
CREATE TABLE reported_span (
    machine text PRIMARY KEY,
    from_us bigint NOT NULL,
    to_us bigint NOT NULL
);

-- From when on what is booked of orders on a machine has become another at known_at; kept for two days. Sums of orders
-- that were made of what was known before hold no more.
CREATE TABLE booked_mark (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    machine text NOT NULL,
    from_at timestamptz NOT NULL,
    known_at timestamptz NOT NULL
);
CREATE INDEX booked_mark_machine ON booked_mark (machine, known_at);

-- Sums: the time elements of a machine, line or site in a UTC hour by the plant's own policy, in the order of
-- mes.kpi.elements.NAMES, so that long windows are sums. Those of a line or site are the sum of what stands here of its machines.
-- inputs_hash stands for all that it was made by beside facts, calendar and orders: policy, ideal cycles, the engine.
-- outdated: a machine's facts have changed since, or its numbers are too large to be summed. Whoever sums takes what
-- stands here away again and computes that hour of it from facts, until it is made anew.
CREATE TABLE equipment_hour (
    equipment text NOT NULL,
    hour timestamptz NOT NULL,
    inputs_hash text NOT NULL,
    outdated boolean NOT NULL DEFAULT false,
    elements bigint[] NOT NULL,
    PRIMARY KEY (equipment, hour)
);
CREATE INDEX equipment_hour_outdated ON equipment_hour (equipment, hour) WHERE outdated;

-- The sum of the 24 hours of a UTC day, while all of them stand.
CREATE TABLE equipment_day (
    equipment text NOT NULL,
    day timestamptz NOT NULL,
    inputs_hash text NOT NULL,
    elements bigint[] NOT NULL,
    PRIMARY KEY (equipment, day)
);

-- The 60 minutes of such an hour, packed as in mes.kpi.minutes; of the last weeks only.
-- unobserved: something in the hour was not, so the bounds of its minutes do not add up.
CREATE TABLE equipment_minutes (
    equipment text NOT NULL,
    hour timestamptz NOT NULL,
    inputs_hash text NOT NULL,
    unobserved boolean NOT NULL,
    minutes bytea NOT NULL,
    PRIMARY KEY (equipment, hour)
);
CREATE INDEX equipment_minutes_hour ON equipment_minutes (hour);

-- Every policy that results were made by, as it was said; a name and version never change their content.
CREATE TABLE policy (
    name text NOT NULL,
    version integer NOT NULL,
    hash text NOT NULL,
    content jsonb NOT NULL,
    first_used_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (name, version)
);

-- The plant's own policy, each time it became another one.
CREATE TABLE plant_policy (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    version integer NOT NULL,
    known_from timestamptz NOT NULL
);

-- What people and the plant file say; only added to. known_from is NULL until the keeper has taken it in.

-- The week of shifts of the plant file, each version from a production day on (NULL: always), with the edition of the
-- zone rules that it was read with.
CREATE TABLE calendar_week (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    since date CHECK (since >= '2000-01-01' AND since < '2200-01-01'),
    zone text NOT NULL,
    zone_rules text NOT NULL,
    shifts jsonb NOT NULL,
    by text NOT NULL,
    why text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    known_from timestamptz
);

-- Dated exceptions from the week: of two for one day and shift the later known one holds. shift is empty for the whole
-- day.
CREATE TABLE calendar_override (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    day date NOT NULL CHECK (day >= '2000-01-01' AND day < '2200-01-01'),
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

-- Ideal cycles: from from_at on a part of a product (NULL: any) on a machine takes cycle_us at best.
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

-- Corrections of the tapes of machines. An edit compiles to spans: state, reason or comment from from_at to to_at (a
-- split has both at its instant). asked is what the person sent, before what stood there then. An empty reason takes
-- away what reason there was. An undo names the edit that it undoes.
CREATE TABLE edit (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    machine text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('split', 'merge', 'move', 'reclassify', 'reason', 'comment', 'undo')),
    from_at timestamptz NOT NULL,
    to_at timestamptz NOT NULL CHECK (to_at >= from_at),
    state smallint,
    reason text,
    comment text,
    asked jsonb NOT NULL,
    before jsonb NOT NULL,
    by text NOT NULL CHECK (by <> ''),
    why text NOT NULL CHECK (why <> ''),
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    undoes bigint REFERENCES edit,
    known_from timestamptz,
    CHECK ((kind = 'undo') = (undoes IS NOT NULL))
);
CREATE INDEX edit_machine_to ON edit (machine, to_at);
CREATE INDEX edit_new ON edit (id) WHERE known_from IS NULL;
CREATE INDEX edit_undoes ON edit (undoes) WHERE undoes IS NOT NULL;

-- What has changed in a window that was final: of a machine (NULL: of all), why, and by whom. Everything that was told
-- before is read with as_of known_before, everything that is told since with as_of known_at. cause_id is the edit,
-- the calendar's exception or the ideal cycle. Late data that trickle in are one restatement while they do.
CREATE TABLE restatement (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    machine text,
    from_at timestamptz NOT NULL,
    to_at timestamptz NOT NULL CHECK (to_at > from_at),
    cause text NOT NULL CHECK (cause IN ('late data', 'plant file', 'edit', 'calendar', 'ideal cycle', 'policy',
        'transition', 'quantity')),
    cause_id bigint,
    by text NOT NULL,
    why text NOT NULL,
    known_before timestamptz NOT NULL,
    known_at timestamptz NOT NULL
);
CREATE INDEX restatement_machine ON restatement (machine, to_at);

-- What people asked to be done to an alarm; alerts reads it and acts. lasts_us: of shelve, for how long; NULL: until
-- the alarm returns to normal.
CREATE TABLE alarm_request (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    alarm bigint NOT NULL,
    action text NOT NULL CHECK (action IN ('acknowledge', 'confirm', 'reset', 'shelve', 'unshelve', 'out_of_service',
        'in_service', 'comment')),
    by text NOT NULL,
    comment text NOT NULL DEFAULT '',
    lasts_us bigint CHECK (lasts_us IS NULL OR (lasts_us > 0 AND action = 'shelve')),
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT alarm_request_reason CHECK (comment <> '' OR action NOT IN ('shelve', 'out_of_service', 'comment'))
);
CREATE INDEX alarm_request_alarm ON alarm_request (alarm);

-- The secret of this installation by which mes recognises the result ids that it has given; made here, once, and never
-- changed: an id is valid for as long as the facts are kept. Two random UUIDs hold 244 random bits.
CREATE TABLE result_key (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    key bytea NOT NULL
);
INSERT INTO result_key (key)
SELECT decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex');

-- What was answered to a change that carried an Idempotency-Key: written in the transaction of the change itself, so
-- that whoever sends it again, because the answer was lost, gets that answer and changes nothing. request is a hash of
-- method, address and body. Kept for 90 days.
CREATE TABLE idempotency_record (
    who text NOT NULL,
    key text NOT NULL,
    request bytea NOT NULL,
    status smallint NOT NULL,
    answer text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (who, key)
);
CREATE INDEX idempotency_record_at ON idempotency_record (at);
