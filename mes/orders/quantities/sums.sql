-- valid_days --
-- The days of machines whose sums stand, of those asked for: made by the counters that the machines have, and of nothing
-- that has become another since.
SELECT d.machine, d.day
  FROM booked_day d
  JOIN unnest(%(machines)s::text[], %(counters)s::text[]) AS w(machine, counters)
    ON w.machine = d.machine AND w.counters = d.counters
  JOIN unnest(%(days)s::date[], %(from)s::timestamptz[], %(to)s::timestamptz[]) AS k(day, from_at, to_at)
    ON k.day = d.day AND k.from_at = d.from_at AND k.to_at = d.to_at
 WHERE NOT EXISTS (SELECT FROM booked_mark m
                    WHERE m.machine = d.machine AND m.known_at > d.known_at AND m.from_at < d.to_at);

-- booked_sums --
-- Sums of some days of machines by what is asked for.
SELECT {keys}, w.unit, s.kind, s.reason, s.counted, sum(s.low), sum(s.high)
  FROM booked_sum s
  JOIN unnest(%(machines)s::text[], %(days)s::date[]) AS v(machine, day) ON v.machine = s.machine AND v.day = s.day
  JOIN operation o ON o.id = s.operation JOIN work_order w ON w.id = o.work_order
 WHERE (%(order)s::text IS NULL OR o.work_order = %(order)s) AND (%(operation)s::uuid IS NULL OR o.id = %(operation)s)
 GROUP BY {keys}, w.unit, s.kind, s.reason, s.counted;

-- clear_days --
-- Days of machines that are made anew.
WITH old AS (
    DELETE FROM booked_day d USING unnest(%(machines)s::text[]) AS m(machine)
     WHERE d.machine = m.machine AND d.day = %(day)s
)
DELETE FROM booked_sum s USING unnest(%(machines)s::text[]) AS m(machine)
 WHERE s.machine = m.machine AND s.day = %(day)s;

-- put_days --
INSERT INTO booked_day (machine, day, from_at, to_at, counters, known_at)
SELECT machine, %(day)s, %(from)s, %(to)s, counters, %(known)s
  FROM unnest(%(machines)s::text[], %(counters)s::text[]) AS m(machine, counters);

-- put_sums --
INSERT INTO booked_sum (machine, day, operation, key_day, shift, kind, reason, counted, low, high)
SELECT s.machine, %(day)s, s.operation, s.key_day, s.shift, s.kind, s.reason, s.counted, s.low, s.high
  FROM unnest(%(machines)s::text[], %(operations)s::uuid[], %(days)s::date[], %(shifts)s::text[], %(kinds)s::text[],
              %(reasons)s::text[], %(counted)s::boolean[], %(lows)s::numeric[], %(highs)s::numeric[])
    AS s(machine, operation, key_day, shift, kind, reason, counted, low, high);

-- first_run --
-- The first instant of which something may be booked.
SELECT least((SELECT min(from_at) FROM run), (SELECT min(made_at) FROM production_quantity));

-- forget_marks --
-- No sum that is still being made is as old.
DELETE FROM booked_mark WHERE known_at < %(before)s;
