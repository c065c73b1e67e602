-- accounts --
-- Persons, those who are active first, by number; each with roles of this moment and how they can prove who they are.
SELECT p.id, p.number, p.name, p.language, p.active_from, p.active_to,
       p.name IS NOT NULL AND p.active_from <= clock_timestamp()
           AND (p.active_to IS NULL OR p.active_to > clock_timestamp()) AS active,
       ARRAY(SELECT DISTINCT g.role FROM role_grant g
              WHERE g.holder = p.id AND g.begins_at <= clock_timestamp()
                AND (g.ends_at IS NULL OR g.ends_at > clock_timestamp()) ORDER BY g.role),
       l.password IS NOT NULL, l.pin IS NOT NULL,
       EXISTS (SELECT FROM badge b WHERE b.holder = p.id AND b.ends_at IS NULL),
       CASE WHEN l.locked_until > clock_timestamp() THEN l.locked_until END,
       (SELECT max(s.seen_at) FROM session s WHERE s.holder = p.id)
  FROM person p LEFT JOIN login l ON l.holder = p.id
 WHERE (%(id)s::uuid IS NULL OR p.id = %(id)s)
   AND (%(find)s::text IS NULL OR p.number ILIKE %(find)s OR p.name ILIKE %(find)s)
 ORDER BY active DESC, p.number
 LIMIT %(most)s OFFSET %(skip)s;

-- sessions --
-- The open sessions of a person, the one seen last first.
SELECT id, method, begins_at, seen_at, expires_at FROM session
 WHERE holder = %(holder)s AND ended_at IS NULL AND expires_at > clock_timestamp()
 ORDER BY seen_at DESC
 LIMIT 50;

-- other_administrators --
-- How many others administer the whole site, and can log in.
SELECT count(DISTINCT p.id) FROM person p JOIN role_grant g ON g.holder = p.id JOIN login l ON l.holder = p.id
 WHERE g.role = 'administrator' AND g.place = %(site)s AND g.begins_at <= clock_timestamp() AND g.ends_at IS NULL
   AND p.active_to IS NULL AND p.active_from <= clock_timestamp() AND p.name IS NOT NULL AND l.password IS NOT NULL
   AND p.id <> %(id)s;

-- end_person --
-- A person is active no longer.
UPDATE person
   SET active_to = greatest(clock_timestamp(), active_from + interval '1 microsecond'), version = version + 1,
       person = %(person)s, client = %(client)s, at = clock_timestamp()
 WHERE id = %(id)s AND (active_to IS NULL OR active_to > clock_timestamp());

-- set_language --
-- In which language a person reads.
UPDATE person SET language = %(language)s, version = version + 1, person = %(person)s, client = %(client)s,
       at = clock_timestamp()
 WHERE id = %(id)s AND language IS DISTINCT FROM %(language)s;

-- end_links --
-- Links of one kind, for one person where it is for one, that were not used work no more.
UPDATE one_time_link SET expires_at = clock_timestamp()
 WHERE kind = %(kind)s AND holder IS NOT DISTINCT FROM %(holder)s::uuid AND used_at IS NULL
   AND expires_at > clock_timestamp();

-- add_link --
-- A link that works once.
INSERT INTO one_time_link (hash, kind, holder, expires_at, person, client)
VALUES (%(hash)s, %(kind)s, %(holder)s, clock_timestamp() + %(life)s, %(person)s, %(client)s);

-- link --
-- A link that works, held until the transaction ends.
SELECT l.kind, p.id, p.number, p.name FROM one_time_link l LEFT JOIN person p ON p.id = l.holder
 WHERE l.hash = %(hash)s AND l.kind = %(kind)s AND l.used_at IS NULL AND l.expires_at > clock_timestamp()
   FOR UPDATE OF l;

-- use_link --
-- It has worked.
UPDATE one_time_link SET used_at = clock_timestamp() WHERE hash = %(hash)s;

-- anybody --
-- Whether somebody can log in.
SELECT EXISTS (SELECT FROM login WHERE password IS NOT NULL);

-- forget_attempts --
-- Log-ins that nobody came back to.
DELETE FROM openid_attempt WHERE expires_at < clock_timestamp();

-- add_attempt --
-- A log-in that has begun.
INSERT INTO openid_attempt (state, browser, nonce, verifier, next, expires_at)
VALUES (%(state)s, %(browser)s, %(nonce)s, %(verifier)s, %(next)s, clock_timestamp() + %(life)s);

-- take_attempt --
-- A log-in of this browser, which is then forgotten.
DELETE FROM openid_attempt WHERE state = %(state)s AND browser = %(browser)s AND expires_at > clock_timestamp()
RETURNING nonce, verifier, next;

-- active_person --
-- The person with this number, while it is active.
SELECT id FROM person
 WHERE number = %(number)s AND name IS NOT NULL AND active_from <= clock_timestamp()
   AND (active_to IS NULL OR active_to > clock_timestamp());

-- called --
-- What persons are called, by their ids; the number where the name was erased.
SELECT id::text, coalesce(name || ' (' || number || ')', number) FROM person WHERE id::text = ANY(%(ids)s);
