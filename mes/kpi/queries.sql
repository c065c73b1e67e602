-- put_policy --
-- A policy when it is first used; what a name and version say never changes.
INSERT INTO policy (name, version, hash, content) VALUES (%(name)s, %(version)s, %(hash)s, %(content)s)
ON CONFLICT (name, version) DO NOTHING;

-- policy --
-- What a policy said.
SELECT hash, content FROM policy WHERE name = %(name)s AND version = %(version)s;

-- plant_policy --
-- The plant's own policy as known at an instant or (NULL) now; no row before the first.
SELECT name, version FROM plant_policy WHERE known_from <= coalesce(%(as_of)s, 'infinity'::timestamptz)
 ORDER BY known_from DESC, id DESC LIMIT 1;

-- add_plant_policy --
INSERT INTO plant_policy (name, version, known_from) VALUES (%(name)s, %(version)s, %(known)s);

-- summed_hours --
-- Which hours of equipment are summed in spans.
SELECT k.equipment, (extract(epoch FROM k.hour) * 1000000)::bigint
  FROM unnest(%(equipment)s::text[], %(hashes)s::text[]) AS w(equipment, inputs_hash),
       unnest(%(from)s::timestamptz[], %(to)s::timestamptz[]) AS s(from_at, to_at),
       LATERAL (SELECT equipment, hour FROM equipment_hour AS own
                 WHERE own.equipment = w.equipment AND own.inputs_hash = w.inputs_hash
                   AND own.hour >= s.from_at AND own.hour < s.to_at OFFSET 0) AS k;

-- summed_days --
-- Which days of equipment are summed in spans.
SELECT k.equipment, (extract(epoch FROM k.day) * 1000000)::bigint
  FROM unnest(%(equipment)s::text[], %(hashes)s::text[]) AS w(equipment, inputs_hash),
       unnest(%(from)s::timestamptz[], %(to)s::timestamptz[]) AS s(from_at, to_at),
       LATERAL (SELECT equipment, day FROM equipment_day AS own
                 WHERE own.equipment = w.equipment AND own.inputs_hash = w.inputs_hash
                   AND own.day >= s.from_at AND own.day < s.to_at OFFSET 0) AS k;

-- outdated_hours --
-- Hours of machines between two instants whose facts have changed since they were summed.
SELECT k.equipment, (extract(epoch FROM k.hour) * 1000000)::bigint, k.elements
  FROM unnest(%(equipment)s::text[], %(hashes)s::text[]) AS w(equipment, inputs_hash)
  JOIN equipment_hour k ON k.equipment = w.equipment AND k.inputs_hash = w.inputs_hash
 WHERE k.outdated AND k.hour >= %(from)s AND k.hour < %(to)s;

-- minutes --
-- The minutes of an hour of some equipment, and if all are wanted of the machines in whose hour something was not observed.
SELECT m.equipment, m.minutes
  FROM unnest(%(equipment)s::text[], %(hashes)s::text[]) AS w(equipment, inputs_hash)
  JOIN equipment_minutes m ON m.equipment = w.equipment AND m.inputs_hash = w.inputs_hash
 WHERE m.hour = %(hour)s AND (m.equipment = ANY (%(names)s::text[]) OR %(all)s AND m.unobserved);

-- first_fact --
-- The first instant of which anything is known of machines.
SELECT (extract(epoch FROM min(at)) * 1000000)::bigint FROM (
    SELECT least((SELECT min(at) FROM state_change s WHERE s.machine = w.machine),
                 (SELECT min(at) FROM count_step s WHERE s.machine = w.machine AND s.counter = 'total'),
                 (SELECT min(at) FROM count_step s WHERE s.machine = w.machine AND s.counter = 'good')) AS at
      FROM unnest(%(machines)s::text[]) AS w(machine)) AS firsts;
