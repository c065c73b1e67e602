-- written by: mes

-- What is made, by the number that its company gives it. It is retired, never deleted: facts keep the number as text. A
-- product of the plant file needs no row here; a row of the same number takes its place.
CREATE TABLE product (
    number text PRIMARY KEY,
    written bigint NOT NULL GENERATED ALWAYS AS IDENTITY UNIQUE,
    name_en text NOT NULL CHECK (name_en <> ''),
    name_zh text NOT NULL CHECK (name_zh <> ''),
    base_unit text NOT NULL,
    tracking text NOT NULL DEFAULT 'none' CHECK (tracking IN ('none', 'lot', 'serial')),
    retired boolean NOT NULL DEFAULT false,
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    version integer NOT NULL DEFAULT 1
);

-- Other units of a product: one of them is numerator / denominator base units, exactly.
CREATE TABLE product_unit (
    product text NOT NULL REFERENCES product,
    unit text NOT NULL,
    numerator bigint NOT NULL CHECK (numerator > 0),
    denominator bigint NOT NULL CHECK (denominator > 0),
    PRIMARY KEY (product, unit)
);

CREATE TYPE text_span AS RANGE (subtype = text, collation = "C");

-- How a product is made, from an instant to another; NULL: always, for good. A draft may change, what is released never
-- does but to be retired. Released ones of a product never hold at the same time.
CREATE TABLE product_version (
    id uuid PRIMARY KEY,
    written bigint NOT NULL GENERATED ALWAYS AS IDENTITY UNIQUE,
    product text NOT NULL REFERENCES product,
    label text NOT NULL CHECK (label <> ''),
    state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'released', 'retired')),
    valid_from timestamptz,
    valid_to timestamptz CHECK (valid_to > valid_from),
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    version integer NOT NULL DEFAULT 1,
    UNIQUE (product, label),
    EXCLUDE USING gist (text_span(product, product, '[]') WITH &&, tstzrange(valid_from, valid_to) WITH &&)
        WHERE (state = 'released')
);

-- A step of a version: where it may be made, the first place unless somebody says another; machines before lines.
-- standard_us plans, ideal_cycle_us judges: the one is never used as the other. units_per_count: of one counted part.
CREATE TABLE routing_operation (
    product_version uuid NOT NULL REFERENCES product_version,
    step integer NOT NULL CHECK (step > 0),
    machines text[] NOT NULL DEFAULT '{}',
    lines text[] NOT NULL DEFAULT '{}',
    ideal_cycle_us bigint CHECK (ideal_cycle_us > 0),
    standard_us bigint CHECK (standard_us > 0),
    setup_us bigint CHECK (setup_us >= 0),
    setup_family text,
    units_per_count numeric(18,6) NOT NULL DEFAULT 1 CHECK (units_per_count > 0),
    count_source text NOT NULL DEFAULT 'counter' CHECK (count_source IN ('counter', 'operator')),
    PRIMARY KEY (product_version, step),
    CHECK (cardinality(machines) + cardinality(lines) > 0)
);

-- Drawings and work instructions, each content once.
CREATE TABLE document (
    sha256 text PRIMARY KEY CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    bytes bytea NOT NULL CHECK (octet_length(bytes) BETWEEN 1 AND 20971520),
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- Drawings are compressed already.
ALTER TABLE document ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE product_version_document (
    product_version uuid NOT NULL REFERENCES product_version,
    name text NOT NULL CHECK (name <> ''),
    sha256 text NOT NULL REFERENCES document,
    media_type text NOT NULL,
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (product_version, name)
);

-- Orders as the ERP or a person wishes them; what is done about them is in their operations.
-- machine or line: where its first step is made. product: a material number, of the plant file or of table product.
-- quantity in `unit`; whenever confirm_every more are certain an operation is confirmed. product_version: whose steps its operations are; NULL where none was in force.
CREATE TABLE work_order (
    id text PRIMARY KEY,
    external_system text,
    external_number text,
    product text NOT NULL,
    quantity numeric(18,6) NOT NULL CHECK (quantity > 0),
    unit text NOT NULL,
    due_at timestamptz NOT NULL,
    machine text,
    line text,
    priority smallint NOT NULL DEFAULT 50 CHECK (priority BETWEEN 0 AND 100),
    customer_reference text,
    project text,
    confirm_every numeric(18,6) CHECK (confirm_every > 0),
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    version integer NOT NULL DEFAULT 1,
    product_version uuid REFERENCES product_version,
    UNIQUE (external_system, external_number),
    CHECK ((external_system IS NULL) = (external_number IS NULL)),
    CHECK ((machine IS NULL) <> (line IS NULL))
);

-- A step of an order at one machine or line. state and substate are those of OPC 10031-4, as the log of transitions has
-- them; hidden after a cancel. begun_at and ended_at are of the log, too. counting_machine: whose counts are its parts.
-- method: what was copied at release, NULL before; later changes of a product touch nothing that is released.
CREATE TABLE operation (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    work_order text NOT NULL REFERENCES work_order,
    step integer NOT NULL CHECK (step > 0),
    part integer NOT NULL DEFAULT 1 CHECK (part > 0),
    machine text,
    line text,
    counting_machine text,
    quantity numeric(18,6) NOT NULL CHECK (quantity > 0),
    state text NOT NULL DEFAULT 'not_allowed_to_start' CHECK (state IN ('not_allowed_to_start', 'allowed_to_start',
        'running', 'interrupted', 'ended', 'aborted')),
    substate text NOT NULL DEFAULT '' CHECK (substate IN ('', 'held', 'suspended', 'completed', 'closed')),
    hidden boolean NOT NULL DEFAULT false,
    sequence integer NOT NULL DEFAULT 0,
    planned_from timestamptz,
    planned_to timestamptz CHECK (planned_to >= planned_from),
    method jsonb,
    method_hash text,
    split_of uuid REFERENCES operation,
    begun_at timestamptz,
    ended_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    UNIQUE (work_order, step, part),
    CHECK ((machine IS NULL) <> (line IS NULL)),
    CHECK ((method IS NULL) = (method_hash IS NULL)),
    CHECK ((state IN ('interrupted', 'ended')) = (substate <> ''))
);
CREATE INDEX operation_ended ON operation (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX operation_open ON operation (machine, line) WHERE state IN ('running', 'interrupted') AND NOT hidden;

-- What was asked of an operation, one entry after the other; nothing is ever changed. `at` is the instant that it is
-- about, recorded_at that of the entry. An undo names the entry that it takes back; each can be taken back once.
CREATE TABLE transition (
    operation uuid NOT NULL REFERENCES operation,
    seq integer NOT NULL CHECK (seq > 0),
    command text NOT NULL,
    to_state text NOT NULL,
    to_substate text NOT NULL,
    hidden boolean NOT NULL,
    at timestamptz NOT NULL,
    reason text NOT NULL DEFAULT '',
    undoes integer,
    person text,
    client text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (operation, seq),
    UNIQUE (operation, undoes),
    FOREIGN KEY (operation, undoes) REFERENCES transition,
    CHECK ((command = 'undo') = (undoes IS NOT NULL)),
    CHECK (undoes < seq)
);
CREATE INDEX transition_recorded ON transition (recorded_at);

-- In which spans the parts of a machine count for an operation; to_at is NULL while it goes on. line: the line whose
-- order it is, for the times of its other machines. Made from the log. A row that holds no more is `gone` and stays;
-- the keeper says since when it is known, and until when it was.
CREATE TABLE run (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    operation uuid NOT NULL REFERENCES operation,
    work_order text NOT NULL,
    machine text NOT NULL,
    line text,
    from_at timestamptz NOT NULL,
    to_at timestamptz CHECK (to_at > from_at),
    gone boolean NOT NULL DEFAULT false,
    by text NOT NULL,
    why text NOT NULL,
    known_from timestamptz,
    known_to timestamptz,
    CHECK (known_to IS NULL OR gone)
);
CREATE UNIQUE INDEX run_open ON run (machine) WHERE to_at IS NULL AND NOT gone;
CREATE INDEX run_machine ON run (machine, from_at);
CREATE INDEX run_operation ON run (operation) WHERE NOT gone;
CREATE INDEX run_new ON run (id) WHERE known_from IS NULL OR (gone AND known_to IS NULL);

-- The latest progress of each operation in progress or allowed to start, for the wall and for alerts; derived, written on
-- each refresh. expected_low, expected_high: between these nine of ten end. binding: what a late one waits for.
-- good: NULL where nothing counts parts. late: decided once, with a band, for walls, pages and alarms alike; NULL while
-- nobody knows.
CREATE TABLE order_progress (
    operation uuid PRIMARY KEY REFERENCES operation ON DELETE CASCADE,
    good numeric(18,6),
    rate_per_hour double precision,
    expected_low timestamptz,
    expected_end timestamptz,
    expected_high timestamptz,
    late_by interval,
    as_of timestamptz NOT NULL,
    late boolean,
    binding text CHECK (binding IN ('not_started', 'queue', 'machine_down', 'no_data', 'suspended', 'pace'))
);

-- Why something stopped, was scrapped, held, found defective or corrected; ids are for good. parent: the group it is in.
CREATE TABLE reason (
    id text PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('stop', 'scrap', 'defect', 'hold', 'correction')),
    name_en text NOT NULL,
    name_zh text NOT NULL,
    parent text REFERENCES reason,
    erp_code text,
    retired boolean NOT NULL DEFAULT false,
    version integer NOT NULL DEFAULT 1
);

INSERT INTO reason (id, kind, name_en, name_zh) VALUES ('defect', 'scrap', 'Defect', '缺陷');

-- What people, scanners and the ERP say was made of an operation. Nothing is changed: a correction is a row of its own
-- that names the first row, and is signed. found_at: the operation at which scrap was found, where that is a later one.
-- known_from: set by the keeper, as of runs.
CREATE TABLE production_quantity (
    id uuid PRIMARY KEY,
    operation uuid NOT NULL REFERENCES operation,
    made_at timestamptz NOT NULL,
    kind text NOT NULL CHECK (kind IN ('good', 'scrap', 'rework')),
    quantity numeric(18,6) NOT NULL,
    source text NOT NULL CHECK (source IN ('operator', 'scan', 'erp')),
    reason text REFERENCES reason,
    found_at uuid REFERENCES operation,
    corrects uuid REFERENCES production_quantity,
    comment text NOT NULL DEFAULT '',
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    known_from timestamptz,
    CHECK (kind <> 'scrap' OR reason IS NOT NULL),
    CHECK (corrects IS NOT NULL OR quantity > 0),
    CHECK (corrects IS NULL OR comment <> '')
);
CREATE INDEX production_quantity_operation ON production_quantity (operation, made_at);
CREATE INDEX production_quantity_known ON production_quantity (known_from);
CREATE INDEX production_quantity_new ON production_quantity (id) WHERE known_from IS NULL;

-- Labour that people, or a sign-on, say was spent on an operation; setup and run are compiled of runs and not stored. Nothing
-- is changed: an end or a correction is a row of its own that names the first one, and the newest row of an entry holds.
-- to_at: NULL while it goes on; the same as from_at takes it away. Written while the operation is held, so that whoever
-- holds it has all rows up to an instant.
CREATE TABLE production_event (
    id uuid PRIMARY KEY,
    written bigint NOT NULL GENERATED ALWAYS AS IDENTITY UNIQUE,
    operation uuid NOT NULL REFERENCES operation,
    worker text NOT NULL CHECK (worker <> ''),
    from_at timestamptz NOT NULL,
    to_at timestamptz CHECK (to_at >= from_at),
    corrects uuid REFERENCES production_event,
    why text NOT NULL DEFAULT '',
    comment text NOT NULL DEFAULT '',
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX production_event_operation ON production_event (operation, from_at);
CREATE INDEX production_event_corrects ON production_event (corrects);

-- What was told to the ERP of an operation: numbered without gaps, never changed, certain quantities only. A reversal
-- takes a confirmation back, once; it is never reversed itself.
CREATE TABLE confirmation (
    operation uuid NOT NULL REFERENCES operation,
    number integer NOT NULL CHECK (number > 0),
    kind text NOT NULL CHECK (kind IN ('partial', 'final', 'reversal')),
    good numeric(18,6) NOT NULL,
    scrap jsonb NOT NULL,
    rework numeric(18,6) NOT NULL,
    setup_us bigint NOT NULL,
    run_us bigint NOT NULL,
    labour_us bigint NOT NULL,
    production_day date NOT NULL,
    as_of timestamptz NOT NULL,
    reverses integer,
    reason text NOT NULL DEFAULT '',
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (operation, number),
    UNIQUE (operation, reverses),
    FOREIGN KEY (operation, reverses) REFERENCES confirmation,
    CHECK ((kind = 'reversal') = (reverses IS NOT NULL)),
    CHECK (reverses < number)
);
CREATE INDEX confirmation_at ON confirmation (at);

-- Sums of what is booked of operations, by production day, machine ('' where no counter tells their parts), shift, kind
-- and reason; low is certain, high is what may be. key_day: the day of the shift; shift: NULL between shifts.
CREATE TABLE booked_sum (
    machine text NOT NULL,
    day date NOT NULL,
    operation uuid NOT NULL REFERENCES operation,
    key_day date NOT NULL,
    shift text,
    kind text NOT NULL,
    reason text,
    -- False of what people report and no counter can have told.
    counted boolean NOT NULL,
    low numeric NOT NULL,
    high numeric NOT NULL
);
CREATE INDEX booked_sum_day ON booked_sum (day, machine);

-- Which days of which machines are summed there, from when to when, of what was known at known_at; counters: those that
-- the machine had. What the keeper has marked since is made anew.
CREATE TABLE booked_day (
    machine text NOT NULL,
    day date NOT NULL,
    from_at timestamptz NOT NULL,
    to_at timestamptz NOT NULL,
    counters text NOT NULL,
    known_at timestamptz NOT NULL,
    PRIMARY KEY (machine, day)
);
