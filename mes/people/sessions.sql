-- begin --
-- A session of a person.
INSERT INTO session (hash, holder, method, expires_at)
VALUES (%(hash)s, %(holder)s, %(method)s, clock_timestamp() + %(life)s);

-- holder --
-- Whose session this is, while it and the person are active, with the roles and places of this moment; that it was seen
-- is written once a minute.
WITH seen AS (
    UPDATE session SET seen_at = clock_timestamp()
     WHERE hash = %(hash)s AND ended_at IS NULL AND seen_at < clock_timestamp() - interval '1 minute'
)
SELECT s.id, p.id, p.number, p.name, p.language,
       ARRAY(SELECT g.role || '@' || g.place FROM role_grant g
              WHERE g.holder = p.id AND g.begins_at <= clock_timestamp()
                AND (g.ends_at IS NULL OR g.ends_at > clock_timestamp()))
  FROM session s JOIN person p ON p.id = s.holder
 WHERE s.hash = %(hash)s AND s.ended_at IS NULL AND s.expires_at > clock_timestamp() AND p.name IS NOT NULL
   AND p.active_from <= clock_timestamp() AND (p.active_to IS NULL OR p.active_to > clock_timestamp());

-- end --
-- A session ends.
UPDATE session SET ended_at = clock_timestamp() WHERE id = %(id)s AND ended_at IS NULL;

-- end_all --
-- All sessions of a person end, but one.
UPDATE session SET ended_at = clock_timestamp()
 WHERE holder = %(holder)s AND ended_at IS NULL AND id IS DISTINCT FROM %(but)s;

-- forget --
-- Sessions that ended long ago.
DELETE FROM session WHERE expires_at < %(before)s;

-- try --
-- A try is counted before it is looked at, so that many at once are no more than one after another. The person by the
-- number, where it can log in now; no row otherwise. tries: how many there were lately, this one with them.
UPDATE login l
   SET wrong = ARRAY(SELECT w FROM unnest(l.wrong) w WHERE w > clock_timestamp() - %(within)s) || clock_timestamp()
  FROM person p
 WHERE p.id = l.holder AND p.number = %(number)s AND p.name IS NOT NULL AND p.active_from <= clock_timestamp()
   AND (p.active_to IS NULL OR p.active_to > clock_timestamp())
   AND (l.locked_until IS NULL OR l.locked_until <= clock_timestamp())
RETURNING p.id, l.password, l.pin, cardinality(l.wrong), p.language;

-- locked --
-- Until when the person with this number is locked out; no row where it is not.
SELECT l.locked_until FROM login l JOIN person p ON p.id = l.holder
 WHERE p.number = %(number)s AND l.locked_until > clock_timestamp();

-- right --
-- The tries before count no more.
UPDATE login SET wrong = '{}', locked_until = NULL WHERE holder = %(holder)s;

-- lock --
-- No more tries for a while; no row where another try has done it.
UPDATE login SET wrong = '{}', locked_until = clock_timestamp() + %(within)s
 WHERE holder = %(holder)s AND (locked_until IS NULL OR locked_until <= clock_timestamp())
RETURNING locked_until;

-- unlock --
-- Whoever was locked out may try again.
UPDATE login SET wrong = '{}', locked_until = NULL WHERE holder = %(holder)s AND locked_until > clock_timestamp();

-- set_password --
-- A person's password from now on.
INSERT INTO login (holder, password, person, client) VALUES (%(holder)s, %(hash)s, %(person)s, %(client)s)
ON CONFLICT (holder) DO UPDATE
   SET password = excluded.password, wrong = '{}', locked_until = NULL, person = excluded.person,
       client = excluded.client, at = clock_timestamp();

-- hashes --
-- What a person's password and PIN are compared with.
SELECT password, pin FROM login WHERE holder = %(holder)s;
