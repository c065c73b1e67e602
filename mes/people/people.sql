-- people --
-- Persons in the order in which they were made, each with all its grants.
SELECT p.written, p.id, p.number, p.name, p.language, p.active_from, p.active_to, p.erased_at, p.version,
       coalesce((
           SELECT json_agg(json_build_object('id', g.id, 'role', g.role, 'place', g.place, 'from', g.begins_at,
                                             'to', g.ends_at) ORDER BY g.begins_at, g.id)
             FROM role_grant g
            WHERE g.holder = p.id
       ), '[]')
  FROM person p
 WHERE p.written > %(after)s
   AND (%(number)s::text IS NULL OR p.number = %(number)s)
   AND (%(id)s::uuid IS NULL OR p.id = %(id)s)
 ORDER BY p.written
 LIMIT %(most)s;

-- hold_number --
-- Nobody else makes or changes the person with this number until the transaction ends.
SELECT pg_advisory_xact_lock(hashtextextended('shopfloor-person-' || %(number)s, 0));

-- add_person --
-- A new person.
INSERT INTO person (number, name, language, active_from, active_to, person, client)
VALUES (%(number)s, %(name)s, %(language)s, %(active_from)s, %(active_to)s, %(person)s, %(client)s);

-- change_person --
-- The person as it is from now on.
UPDATE person
   SET name = %(name)s, language = %(language)s, active_from = %(active_from)s, active_to = %(active_to)s,
       version = version + 1, person = %(person)s, client = %(client)s, at = clock_timestamp()
 WHERE number = %(number)s;

-- erase_person --
-- The name is gone; the row stays. Whoever is erased acts no more.
UPDATE person
   SET name = NULL, language = NULL, erased_at = clock_timestamp(),
       active_to = greatest(least(active_to, clock_timestamp()), active_from + interval '1 microsecond'),
       version = version + 1, person = %(person)s, client = %(client)s, at = clock_timestamp()
 WHERE id = %(id)s AND erased_at IS NULL;

-- add_grant --
-- A role for a person.
INSERT INTO role_grant (holder, role, place, begins_at, ends_at, person, client)
VALUES (%(holder)s, %(role)s, %(place)s, coalesce(%(from)s, clock_timestamp()), %(to)s, %(person)s, %(client)s);

-- end_grant --
-- A role ends now, if not before; one that has not begun never does.
UPDATE role_grant
   SET ends_at = greatest(begins_at, clock_timestamp()), ended_by = %(person)s, ended_client = %(client)s
 WHERE id = %(id)s AND (ends_at IS NULL OR ends_at > greatest(begins_at, clock_timestamp()))
RETURNING holder;

-- grant_holder --
-- Whose grant this is.
SELECT holder FROM role_grant WHERE id = %(id)s;

-- known --
-- Whether persons are on record, and the active ones that a text names, each with the roles and places of this moment.
-- A number goes before a name.
SELECT p.number = %(named)s, p.id,
       ARRAY(SELECT g.role || '@' || g.place FROM role_grant g
              WHERE g.holder = p.id AND g.begins_at <= clock_timestamp()
                AND (g.ends_at IS NULL OR g.ends_at > clock_timestamp()))
  FROM (SELECT EXISTS (SELECT FROM person) AS anyone) a
  LEFT JOIN person p
    ON (p.number = %(named)s OR p.name = %(named)s) AND p.active_from <= clock_timestamp()
   AND (p.active_to IS NULL OR p.active_to > clock_timestamp())
 WHERE a.anyone
 ORDER BY 1 DESC
 LIMIT 3;

-- names --
-- What the persons on record are called.
SELECT number, name FROM person WHERE name IS NOT NULL;
