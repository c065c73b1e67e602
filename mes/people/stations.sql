-- add --
-- A station; nothing where another one has the name.
INSERT INTO station (name, machines, hash, person, client)
VALUES (%(name)s, %(machines)s, %(hash)s, %(person)s, %(client)s)
ON CONFLICT DO NOTHING
RETURNING id;

-- end --
-- A station is none any more.
UPDATE station SET ended_at = clock_timestamp() WHERE id = %(id)s AND ended_at IS NULL RETURNING name;

-- stations --
-- All that are in use, by name.
SELECT id, name, machines, at, person FROM station WHERE ended_at IS NULL ORDER BY name;

-- station --
-- The station with this cookie, while it is one.
SELECT id, name, machines FROM station WHERE hash = %(hash)s AND ended_at IS NULL;

-- station_by_id --
-- A station in use.
SELECT id, name, machines FROM station WHERE id = %(id)s AND ended_at IS NULL;

-- signed_on --
-- Who is signed on at a station, who came last first, with the roles and places of this moment.
SELECT s.id, p.id, p.number, p.name, p.language,
       ARRAY(SELECT g.role || '@' || g.place FROM role_grant g
              WHERE g.holder = p.id AND g.begins_at <= clock_timestamp()
                AND (g.ends_at IS NULL OR g.ends_at > clock_timestamp())),
       s.begins_at
  FROM sign_on s JOIN person p ON p.id = s.holder
 WHERE s.station = %(station)s AND s.ends_at IS NULL AND s.begins_at > clock_timestamp() - %(longest)s
   AND p.name IS NOT NULL AND p.active_from <= clock_timestamp()
   AND (p.active_to IS NULL OR p.active_to > clock_timestamp())
 ORDER BY s.begins_at DESC, s.id;

-- badge_key --
-- The key of the hashes.
SELECT key FROM badge_key;

-- badge_holder --
-- Whose badge this is, while both are active.
SELECT p.id, p.number FROM badge b JOIN person p ON p.id = b.holder
 WHERE b.hash = %(hash)s AND b.ends_at IS NULL AND p.name IS NOT NULL AND p.active_from <= clock_timestamp()
   AND (p.active_to IS NULL OR p.active_to > clock_timestamp());

-- live_badge --
-- The badge with this hash, whoever holds it.
SELECT holder FROM badge WHERE hash = %(hash)s AND ends_at IS NULL;

-- add_badge --
-- A badge; nothing where somebody holds it.
INSERT INTO badge (hash, holder, person, client) VALUES (%(hash)s, %(holder)s, %(person)s, %(client)s)
ON CONFLICT DO NOTHING;

-- end_badges --
-- The badges of a person are good for nothing from now on.
UPDATE badge SET ends_at = clock_timestamp() WHERE holder = %(holder)s AND ends_at IS NULL;

-- set_pin --
-- A person's PIN from now on; NULL: none.
INSERT INTO login (holder, pin, person, client) VALUES (%(holder)s, %(hash)s, %(person)s, %(client)s)
ON CONFLICT (holder) DO UPDATE
   SET pin = excluded.pin, person = excluded.person, client = excluded.client, at = clock_timestamp();

-- sign_on --
-- A person works at a station; nothing where this is known.
INSERT INTO sign_on (id, holder, station, method, begins_at, person, client)
VALUES (%(id)s, %(holder)s, %(station)s, %(method)s, coalesce(%(begins_at)s, clock_timestamp()), %(person)s, %(client)s)
ON CONFLICT (holder, station) WHERE ends_at IS NULL DO NOTHING;

-- sign_off --
-- A person works at a station no longer; nothing where this is known.
UPDATE sign_on SET ends_at = greatest(begins_at, clock_timestamp())
 WHERE id = %(id)s AND ends_at IS NULL AND (%(station)s::uuid IS NULL OR station = %(station)s)
RETURNING id;

-- sign_off_all --
-- Nobody works at a station that is none any more.
UPDATE sign_on SET ends_at = greatest(begins_at, clock_timestamp()) WHERE station = %(station)s AND ends_at IS NULL
RETURNING id;

-- forgotten --
-- Nobody works so long: who has not signed off is signed off as of then.
UPDATE sign_on SET ends_at = begins_at + %(longest)s
 WHERE ends_at IS NULL AND begins_at < clock_timestamp() - %(longest)s
RETURNING id;

-- sign_ons --
-- Sign-ons as they were made, after a place in the list.
SELECT s.written, s.id, p.number, t.id, t.name, t.machines, s.operation, s.method, s.begins_at, s.ends_at
  FROM sign_on s JOIN person p ON p.id = s.holder JOIN station t ON t.id = s.station
 WHERE s.written > %(after)s
   AND (%(id)s::uuid IS NULL OR s.id = %(id)s)
   AND (%(station)s::uuid IS NULL OR s.station = %(station)s)
   AND (%(open)s::boolean IS NULL OR (s.ends_at IS NULL) = %(open)s)
   AND (%(from)s::timestamptz IS NULL OR s.ends_at IS NULL OR s.ends_at > %(from)s)
   AND (%(to)s::timestamptz IS NULL OR s.begins_at < %(to)s)
 ORDER BY s.written
 LIMIT %(most)s;

-- open_sign_on --
-- The open sign-on of a person at a station.
SELECT id FROM sign_on WHERE holder = %(holder)s AND station = %(station)s AND ends_at IS NULL;
