-- calendar_weeks --
-- The weeks of shifts in the order in which they became known, as known at an instant or (NULL) now.
SELECT since, shifts, zone FROM calendar_week WHERE known_from <= coalesce(%(as_of)s, 'infinity'::timestamptz)
 ORDER BY known_from, id;

-- calendar_overrides --
-- The dated exceptions, likewise.
SELECT day, shift, kind, starts, ends, breaks, name FROM calendar_override
 WHERE known_from <= coalesce(%(as_of)s, 'infinity'::timestamptz)
 ORDER BY known_from, id;

-- newest_week --
-- What the plant file said last of the week.
SELECT since, shifts, zone, zone_rules FROM calendar_week ORDER BY id DESC LIMIT 1;

-- add_week --
INSERT INTO calendar_week (since, zone, zone_rules, shifts, by, why)
VALUES (%(since)s, %(zone)s, %(zone_rules)s, %(shifts)s, 'plant file', %(why)s);

-- add_override --
-- An exception, or the end of one (kind withdrawn).
INSERT INTO calendar_override (day, shift, kind, starts, ends, breaks, name, by, why)
VALUES (%(day)s, %(shift)s, %(kind)s, %(starts)s, %(ends)s, %(breaks)s, %(name)s, %(by)s, %(why)s)
RETURNING id;

-- ideal_cycles --
-- Ideal cycles in the order in which they became known, as known at an instant or (NULL) now.
SELECT machine, product, (extract(epoch FROM from_at) * 1000000)::bigint, cycle_us FROM ideal_cycle
 WHERE known_from <= coalesce(%(as_of)s, 'infinity'::timestamptz)
 ORDER BY known_from, id;

-- cycles_of_plant_file --
-- What the plant file has said so far, in its order.
SELECT machine, product, (extract(epoch FROM from_at) * 1000000)::bigint, cycle_us FROM ideal_cycle
 WHERE source = 'plant file' ORDER BY id;

-- add_cycle --
-- An ideal cycle from an instant on, or (NULL) none any more.
INSERT INTO ideal_cycle (machine, product, from_at, cycle_us, source, by, why)
VALUES (%(machine)s, %(product)s, %(from)s, %(cycle_us)s, %(source)s, %(by)s, %(why)s)
RETURNING id;

-- override_in_force --
-- The newest exception of a day and shift, known or about to be; no row where there was never one.
SELECT id, day, shift, kind, starts, ends, breaks, name, by, why, at, known_from FROM calendar_override
 WHERE day = %(day)s AND shift = %(shift)s ORDER BY id DESC LIMIT 1;

-- overrides --
-- Exceptions and their ends, the newest first.
SELECT id, day, shift, kind, starts, ends, breaks, name, by, why, at, known_from FROM calendar_override
 WHERE %(before)s::bigint IS NULL OR id < %(before)s
 ORDER BY id DESC LIMIT %(limit)s;

-- overrides_of_days --
-- The exceptions that hold on some days, as known at an instant or (NULL) now.
SELECT DISTINCT ON (day, shift)
       id, day, shift, kind, starts, ends, breaks, name, by, why, at, known_from FROM calendar_override
 WHERE day >= %(from)s AND day < %(to)s AND known_from <= coalesce(%(as_of)s, 'infinity'::timestamptz)
 ORDER BY day, shift, known_from DESC, id DESC;

-- override_known --
-- Whether the keeper has taken an exception in.
SELECT known_from IS NOT NULL FROM calendar_override WHERE id = %(id)s;

-- cycle_list --
-- The ideal cycles of a machine that hold from some instant on, as known at an instant or (NULL) now, and those about to be.
SELECT DISTINCT ON (product, from_at)
       id, machine, product, CASE WHEN from_at > '1970-01-01Z' THEN from_at END, cycle_us, source, by, why, at, known_from
  FROM ideal_cycle
 WHERE machine = %(machine)s
   AND (known_from <= coalesce(%(as_of)s, 'infinity'::timestamptz) OR (known_from IS NULL AND %(as_of)s::timestamptz IS NULL))
 ORDER BY product NULLS FIRST, from_at, known_from DESC NULLS FIRST, id DESC;

-- cycle_known --
-- Whether the keeper has taken an ideal cycle in.
SELECT known_from IS NOT NULL FROM ideal_cycle WHERE id = %(id)s;
