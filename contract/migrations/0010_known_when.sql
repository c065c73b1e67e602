-- written by: mes

-- What was known when. A row of the three fact tables holds since `known_from`; a row that holds no more moves to its
-- *_past table with the instant from which on it was known to be different. Rows from before this version have
-- been known for ever.
ALTER TABLE state_change ADD COLUMN known_from timestamptz NOT NULL DEFAULT '-infinity';
ALTER TABLE product_change ADD COLUMN known_from timestamptz NOT NULL DEFAULT '-infinity';
ALTER TABLE count_step ADD COLUMN known_from timestamptz NOT NULL DEFAULT '-infinity';

CREATE TABLE state_past (
    machine text NOT NULL,
    at timestamptz NOT NULL,
    state smallint NOT NULL,
    known_from timestamptz NOT NULL,
    known_to timestamptz NOT NULL,
    PRIMARY KEY (machine, at, known_from)
);
CREATE TABLE product_past (
    machine text NOT NULL,
    at timestamptz NOT NULL,
    product text,
    known_from timestamptz NOT NULL,
    known_to timestamptz NOT NULL,
    PRIMARY KEY (machine, at, known_from)
);
CREATE TABLE step_past (
    machine text NOT NULL,
    counter text NOT NULL,
    at timestamptz NOT NULL,
    since timestamptz NOT NULL,
    parts bigint NOT NULL,
    most bigint NOT NULL,
    unseen boolean NOT NULL,
    known_from timestamptz NOT NULL,
    known_to timestamptz NOT NULL,
    PRIMARY KEY (machine, counter, at, known_from)
);
-- Rows come in the order of known_to, and retention takes the oldest.
CREATE INDEX state_past_known_to ON state_past USING brin (known_to);
CREATE INDEX product_past_known_to ON product_past USING brin (known_to);
CREATE INDEX step_past_known_to ON step_past USING brin (known_to);

-- known_at: the instant of knowledge of the last transaction; each has a later one than the one before it.
-- versions_since: what was known before this instant cannot be told any more.
ALTER TABLE mes_position
    ADD COLUMN known_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ADD COLUMN versions_since timestamptz NOT NULL DEFAULT clock_timestamp();

-- The facts as they were known at an instant; NULL: as they are known now. Written to be inlined into a query.
CREATE FUNCTION states_known(as_of timestamptz) RETURNS TABLE (machine text, at timestamptz, state smallint)
LANGUAGE sql STABLE AS $$
    SELECT s.machine, s.at, s.state FROM state_change s WHERE as_of IS NULL OR s.known_from <= as_of
    UNION ALL
    SELECT s.machine, s.at, s.state FROM state_past s
     WHERE as_of IS NOT NULL AND s.known_from <= as_of AND s.known_to > as_of
$$;
CREATE FUNCTION products_known(as_of timestamptz) RETURNS TABLE (machine text, at timestamptz, product text)
LANGUAGE sql STABLE AS $$
    SELECT p.machine, p.at, p.product FROM product_change p WHERE as_of IS NULL OR p.known_from <= as_of
    UNION ALL
    SELECT p.machine, p.at, p.product FROM product_past p
     WHERE as_of IS NOT NULL AND p.known_from <= as_of AND p.known_to > as_of
$$;
CREATE FUNCTION steps_known(as_of timestamptz)
RETURNS TABLE (machine text, counter text, at timestamptz, since timestamptz, parts bigint, most bigint, unseen boolean)
LANGUAGE sql STABLE AS $$
    SELECT s.machine, s.counter, s.at, s.since, s.parts, s.most, s.unseen
      FROM count_step s WHERE as_of IS NULL OR s.known_from <= as_of
    UNION ALL
    SELECT s.machine, s.counter, s.at, s.since, s.parts, s.most, s.unseen
      FROM step_past s WHERE as_of IS NOT NULL AND s.known_from <= as_of AND s.known_to > as_of
$$;

-- The row that holds at a moment, of one machine; two index probes at most.
CREATE FUNCTION state_in_force(which text, moment timestamptz, as_of timestamptz)
RETURNS TABLE (at timestamptz, state smallint)
LANGUAGE sql STABLE AS $$
    SELECT found.at, found.state FROM (
        (SELECT s.at, s.state FROM state_change s
          WHERE s.machine = which AND s.at <= moment AND (as_of IS NULL OR s.known_from <= as_of)
          ORDER BY s.at DESC LIMIT 1)
        UNION ALL
        (SELECT s.at, s.state FROM state_past s
          WHERE as_of IS NOT NULL AND s.machine = which AND s.at <= moment
            AND s.known_from <= as_of AND s.known_to > as_of
          ORDER BY s.at DESC LIMIT 1)) AS found
     ORDER BY found.at DESC LIMIT 1
$$;
CREATE FUNCTION product_in_force(which text, moment timestamptz, as_of timestamptz)
RETURNS TABLE (at timestamptz, product text)
LANGUAGE sql STABLE AS $$
    SELECT found.at, found.product FROM (
        (SELECT p.at, p.product FROM product_change p
          WHERE p.machine = which AND p.at <= moment AND (as_of IS NULL OR p.known_from <= as_of)
          ORDER BY p.at DESC LIMIT 1)
        UNION ALL
        (SELECT p.at, p.product FROM product_past p
          WHERE as_of IS NOT NULL AND p.machine = which AND p.at <= moment
            AND p.known_from <= as_of AND p.known_to > as_of
          ORDER BY p.at DESC LIMIT 1)) AS found
     ORDER BY found.at DESC LIMIT 1
$$;
