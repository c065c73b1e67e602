-- outdate_hours --
-- Hours of machines that are not what they were any more; lines and sites hold them until they are made anew.
UPDATE equipment_hour h SET outdated = true
  FROM unnest(%(machine)s::text[], %(from)s::timestamptz[], %(to)s::timestamptz[]) AS w(machine, from_at, to_at)
 WHERE h.equipment = w.machine AND h.hour >= date_trunc('hour', w.from_at) AND h.hour < w.to_at;

-- drop_hours --
-- Hours of everything are not what they were any more.
WITH spans AS (
    SELECT * FROM unnest(%(from)s::timestamptz[], %(to)s::timestamptz[]) AS w(from_at, to_at)
), days AS (
    DELETE FROM equipment_day d USING spans w WHERE d.day >= date_trunc('day', w.from_at) AND d.day < w.to_at
), minutes AS (
    DELETE FROM equipment_minutes m USING spans w WHERE m.hour >= date_trunc('hour', w.from_at) AND m.hour < w.to_at
)
DELETE FROM equipment_hour h USING spans w
 WHERE h.hour >= date_trunc('hour', w.from_at) AND h.hour < w.to_at
RETURNING h.equipment, (extract(epoch FROM h.hour) * 1000000)::bigint;

-- summed_equipment --
-- What has sums. A step from one id to the next: there may be millions of hours, and only hundreds of ids.
WITH RECURSIVE ids AS (
    (SELECT equipment FROM equipment_hour ORDER BY equipment LIMIT 1)
    UNION ALL
    SELECT (SELECT h.equipment FROM equipment_hour h WHERE h.equipment > ids.equipment ORDER BY h.equipment LIMIT 1)
      FROM ids WHERE ids.equipment IS NOT NULL
)
SELECT equipment FROM ids WHERE equipment IS NOT NULL;

-- drop_equipment --
-- All of what is not in the plant file any more, or of lines and sites that are made of other machines now.
WITH gone AS (
    SELECT * FROM unnest(%(equipment)s::text[], %(hashes)s::text[]) AS w(equipment, inputs_hash)
), days AS (
    DELETE FROM equipment_day k USING gone w
     WHERE k.equipment = w.equipment AND k.inputs_hash IS DISTINCT FROM w.inputs_hash
), minutes AS (
    DELETE FROM equipment_minutes k USING gone w
     WHERE k.equipment = w.equipment AND k.inputs_hash IS DISTINCT FROM w.inputs_hash
)
DELETE FROM equipment_hour k USING gone w
 WHERE k.equipment = w.equipment AND k.inputs_hash IS DISTINCT FROM w.inputs_hash;

-- missing_hours --
-- The newest hours between two instants that are not summed by the equipment's hash, a bounded number of them.
SELECT w.equipment, (extract(epoch FROM h) * 1000000)::bigint
  FROM unnest(%(equipment)s::text[], %(hashes)s::text[]) AS w(equipment, inputs_hash)
 CROSS JOIN LATERAL generate_series(%(from)s::timestamptz, %(to)s::timestamptz, interval '1 hour') AS h
  LEFT JOIN equipment_hour k
         ON k.equipment = w.equipment AND k.hour = h AND k.inputs_hash = w.inputs_hash AND NOT k.outdated
 WHERE k.equipment IS NULL
 ORDER BY h DESC LIMIT %(most)s;

-- hours_of --
-- What is summed of one hour by whatever hash, with its minutes.
SELECT k.equipment, k.inputs_hash, k.elements, m.minutes
  FROM equipment_hour k LEFT JOIN equipment_minutes m USING (equipment, hour)
 WHERE k.equipment = ANY (%(equipment)s) AND k.hour = %(hour)s;

-- hours_there --
-- How many of some equipment have a sum of an hour by their hash.
SELECT count(*) FROM unnest(%(equipment)s::text[], %(hashes)s::text[]) AS w(equipment, inputs_hash)
  JOIN equipment_hour k USING (equipment, inputs_hash) WHERE k.hour = %(hour)s;

-- put_hour --
INSERT INTO equipment_hour (equipment, hour, inputs_hash, outdated, elements)
VALUES (%(equipment)s, %(hour)s, %(inputs_hash)s, %(outdated)s, %(elements)s)
ON CONFLICT (equipment, hour) DO UPDATE
   SET inputs_hash = excluded.inputs_hash, outdated = excluded.outdated, elements = excluded.elements;

-- put_minutes --
INSERT INTO equipment_minutes (equipment, hour, inputs_hash, unobserved, minutes)
VALUES (%(equipment)s, %(hour)s, %(inputs_hash)s, %(unobserved)s, %(minutes)s)
ON CONFLICT (equipment, hour) DO UPDATE
   SET inputs_hash = excluded.inputs_hash, unobserved = excluded.unobserved, minutes = excluded.minutes;

-- drop_minutes --
-- The minutes of equipment whose hour has none any more.
DELETE FROM equipment_minutes WHERE equipment = ANY (%(equipment)s) AND hour = %(hour)s;

-- forget_minutes --
-- A bounded number of hours whose minutes nobody asks for any more.
DELETE FROM equipment_minutes
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM equipment_minutes WHERE hour < %(before)s LIMIT %(most)s));

-- put_days --
-- The days that have all their hours, of those in which an hour was summed just now; a day by another hash goes.
WITH wanted AS (
    SELECT * FROM unnest(%(equipment)s::text[], %(hashes)s::text[]) AS w(equipment, inputs_hash)
), gone AS (
    DELETE FROM equipment_day d USING wanted w
     WHERE d.equipment = w.equipment AND d.day = %(day)s AND d.inputs_hash <> w.inputs_hash
), whole AS (
    SELECT k.equipment, k.inputs_hash FROM wanted JOIN equipment_hour k USING (equipment, inputs_hash)
     WHERE k.hour >= %(day)s AND k.hour < %(day)s + interval '24 hours'
     GROUP BY k.equipment, k.inputs_hash HAVING count(*) = 24
), sums AS (
    SELECT k.equipment, k.inputs_hash, u.n, sum(u.e)::bigint AS e
      FROM whole JOIN equipment_hour k USING (equipment, inputs_hash)
     CROSS JOIN LATERAL unnest(k.elements) WITH ORDINALITY AS u(e, n)
     WHERE k.hour >= %(day)s AND k.hour < %(day)s + interval '24 hours'
     GROUP BY k.equipment, k.inputs_hash, u.n
)
INSERT INTO equipment_day (equipment, day, inputs_hash, elements)
SELECT equipment, %(day)s, inputs_hash, array_agg(e ORDER BY n) FROM sums GROUP BY equipment, inputs_hash
ON CONFLICT (equipment, day) DO UPDATE SET inputs_hash = excluded.inputs_hash, elements = excluded.elements;
