-- written by: mes

-- What is inspected of a product, where and when. A plan is made whole, with its characteristics, and never edited: a
-- released one is followed, a retired one is not any more. machine: only there; NULL: wherever the product is in force.
CREATE TABLE inspection_plan (
    id uuid PRIMARY KEY,
    written bigint NOT NULL GENERATED ALWAYS AS IDENTITY UNIQUE,
    name text NOT NULL CHECK (name <> ''),
    product text NOT NULL CHECK (product <> ''),
    product_version text,
    step integer CHECK (step > 0),
    machine text,
    trigger text NOT NULL CHECK (trigger IN ('first_piece', 'every_n', 'every_t', 'tag', 'manual', 'lot')),
    every_parts bigint CHECK (every_parts > 0),
    every_us bigint CHECK (every_us > 0),
    tag text,
    released_at timestamptz,
    retired_at timestamptz CHECK (retired_at >= released_at),
    version integer NOT NULL DEFAULT 1,
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL,
    CHECK ((trigger = 'every_n') = (every_parts IS NOT NULL)),
    CHECK ((trigger = 'every_t') = (every_us IS NOT NULL)),
    CHECK ((trigger = 'tag') = (tag IS NOT NULL)),
    CHECK (trigger <> 'tag' OR machine IS NOT NULL)
);
CREATE INDEX inspection_plan_followed ON inspection_plan (product) WHERE released_at IS NOT NULL AND retired_at IS NULL;

-- What is measured (variable) or counted (attribute) in an inspection. subgroup_size: values of a subgroup; of a p chart
-- the usual number of parts. accept: with more nonconforming than this a subgroup has failed. tag: its values are those
-- of this tag every tag_every_s seconds; else they are entered in inspections.
CREATE TABLE characteristic (
    id uuid PRIMARY KEY,
    plan uuid NOT NULL REFERENCES inspection_plan,
    place smallint NOT NULL,
    name text NOT NULL CHECK (name <> ''),
    kind text NOT NULL CHECK (kind IN ('variable', 'attribute')),
    unit text NOT NULL DEFAULT '',
    nominal numeric(18, 6),
    lsl numeric(18, 6),
    usl numeric(18, 6),
    accept integer NOT NULL DEFAULT 0 CHECK (accept >= 0),
    chart text NOT NULL,
    subgroup_size integer NOT NULL CHECK (subgroup_size > 0),
    rules text NOT NULL CHECK (rules IN ('limits', 'western_electric', 'nelson')),
    tag text,
    tag_every_s integer CHECK (tag_every_s > 0),
    UNIQUE (plan, place),
    CHECK ((tag IS NULL) = (tag_every_s IS NULL)),
    CHECK (tag IS NULL OR kind = 'variable'),
    CHECK (lsl < usl),
    CHECK (CASE kind WHEN 'variable' THEN chart IN ('xbar_r', 'xbar_s', 'i_mr') ELSE chart IN ('p', 'c') END),
    CHECK (CASE chart WHEN 'i_mr' THEN subgroup_size = 1 WHEN 'p' THEN true WHEN 'c' THEN true
                      ELSE subgroup_size BETWEEN 2 AND 25 END),
    CHECK (kind = 'variable' OR num_nonnulls(nominal, lsl, usl) = 0)
);

-- One inspection: by which plan, of what, and when it was taken. Whether it has passed follows from its results.
-- operation, work_order, lot and serial are the ids and numbers of others.
CREATE TABLE inspection (
    id uuid PRIMARY KEY,
    written bigint NOT NULL GENERATED ALWAYS AS IDENTITY UNIQUE,
    plan uuid NOT NULL REFERENCES inspection_plan,
    machine text,
    operation uuid,
    work_order text,
    lot text,
    serial text,
    taken_at timestamptz NOT NULL,
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX inspection_plan_taken ON inspection (plan, machine, taken_at);

-- A value, or so many nonconforming of so many. A correction is a new row that names the one it takes the place of;
-- without value and count it says that there is none. What was never measured has no row.
CREATE TABLE inspection_result (
    id uuid PRIMARY KEY,
    inspection uuid NOT NULL REFERENCES inspection,
    characteristic uuid NOT NULL REFERENCES characteristic,
    piece smallint NOT NULL CHECK (piece BETWEEN 1 AND 25),
    value numeric(18, 6),
    nonconforming bigint CHECK (nonconforming >= 0),
    counted bigint CHECK (counted > 0),
    corrects uuid UNIQUE REFERENCES inspection_result,
    why text,
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL,
    CHECK ((nonconforming IS NULL) = (counted IS NULL)),
    CHECK (value IS NULL OR nonconforming IS NULL),
    CHECK (corrects IS NOT NULL OR num_nonnulls(value, nonconforming) = 1),
    CHECK ((corrects IS NULL) = (why IS NULL))
);
CREATE UNIQUE INDEX inspection_result_first ON inspection_result (inspection, characteristic, piece)
 WHERE corrects IS NULL;
CREATE INDEX inspection_result_characteristic ON inspection_result (characteristic, inspection);

-- The results that held at an instant (NULL: that hold now).
CREATE FUNCTION results_known(as_of timestamptz)
RETURNS TABLE (id uuid, inspection uuid, characteristic uuid, piece smallint, value numeric, nonconforming bigint,
               counted bigint, corrected boolean)
LANGUAGE sql STABLE AS $$
    SELECT r.id, r.inspection, r.characteristic, r.piece, r.value, r.nonconforming, r.counted, r.corrects IS NOT NULL
      FROM inspection_result r
     WHERE (as_of IS NULL OR r.at <= as_of)
       AND NOT EXISTS (SELECT FROM inspection_result n WHERE n.corrects = r.id AND (as_of IS NULL OR n.at <= as_of))
$$;

-- Limits of a control chart, frozen from a reference span that a person has named; the newest hold. machine: of its
-- subgroups only; NULL: of all.
CREATE TABLE control_limit (
    id uuid PRIMARY KEY,
    characteristic uuid NOT NULL REFERENCES characteristic,
    machine text,
    name text NOT NULL CHECK (name <> ''),
    from_at timestamptz NOT NULL,
    to_at timestamptz NOT NULL CHECK (to_at > from_at),
    centre double precision NOT NULL,
    sigma double precision NOT NULL CHECK (sigma > 0),
    subgroups integer NOT NULL CHECK (subgroups > 0),
    missing integer NOT NULL CHECK (missing >= 0),
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX control_limit_characteristic ON control_limit (characteristic, at);

-- Parts that are not as they should be. made_at and caused_by: when and by which operation they were made so, where
-- that is another one than the operation that found them. The quantity is booked by mes/orders, once, when the defect
-- has a disposition.
CREATE TABLE defect (
    id uuid PRIMARY KEY,
    written bigint NOT NULL GENERATED ALWAYS AS IDENTITY UNIQUE,
    code text NOT NULL CHECK (code <> ''),
    quantity numeric(18, 6) NOT NULL CHECK (quantity > 0),
    unit text NOT NULL,
    found_at timestamptz NOT NULL,
    made_at timestamptz CHECK (made_at <= found_at),
    machine text,
    operation uuid,
    caused_by uuid,
    work_order text,
    lot text,
    serial text,
    inspection uuid REFERENCES inspection,
    comment text NOT NULL DEFAULT '',
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL
);
CREATE TABLE defect_disposition (
    defect uuid PRIMARY KEY REFERENCES defect,
    disposition text NOT NULL CHECK (disposition IN ('scrap', 'rework', 'use_as_is')),
    why text NOT NULL,
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL
);

-- What may not go on, and why; released once, with what becomes of it.
CREATE TABLE hold (
    id uuid PRIMARY KEY,
    written bigint NOT NULL GENERATED ALWAYS AS IDENTITY UNIQUE,
    kind text NOT NULL CHECK (kind IN ('order', 'operation', 'lot', 'serial', 'machine')),
    subject text NOT NULL CHECK (subject <> ''),
    product text,
    reason text NOT NULL CHECK (reason <> ''),
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL,
    CHECK (kind NOT IN ('lot', 'serial') OR product IS NOT NULL)
);
CREATE INDEX hold_subject ON hold (kind, subject);
CREATE TABLE hold_release (
    hold uuid PRIMARY KEY REFERENCES hold,
    disposition text NOT NULL CHECK (disposition IN ('scrap', 'rework', 'use_as_is')),
    why text NOT NULL CHECK (why <> ''),
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL
);
