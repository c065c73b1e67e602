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

-- kept_hours --
-- Which hours of a machine are kept in spans.
SELECT k.machine, (extract(epoch FROM k.hour) * 1000000)::bigint
  FROM unnest(%(machines)s::text[], %(bases)s::text[]) AS w(machine, basis),
       unnest(%(from)s::timestamptz[], %(to)s::timestamptz[]) AS s(from_at, to_at),
       LATERAL (SELECT machine, hour FROM machine_hour AS own
                 WHERE own.machine = w.machine AND own.basis = w.basis
                   AND own.hour >= s.from_at AND own.hour < s.to_at OFFSET 0) AS k;

-- kept_days --
-- Which days of a machine are kept in spans.
SELECT k.machine, (extract(epoch FROM k.day) * 1000000)::bigint
  FROM unnest(%(machines)s::text[], %(bases)s::text[]) AS w(machine, basis),
       unnest(%(from)s::timestamptz[], %(to)s::timestamptz[]) AS s(from_at, to_at),
       LATERAL (SELECT machine, day FROM machine_day AS own
                 WHERE own.machine = w.machine AND own.basis = w.basis
                   AND own.day >= s.from_at AND own.day < s.to_at OFFSET 0) AS k;
