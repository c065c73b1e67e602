-- add --
-- A note.
INSERT INTO shift_note (id, equipment, production_day, shift, note, person, client, at)
VALUES (%(id)s, %(equipment)s, %(day)s, %(shift)s, %(note)s, %(person)s, %(client)s, now());

-- notes --
-- Notes of some days at some places, the oldest first; of one shift where one is asked for, and those of whole days.
SELECT id, equipment, production_day AS day, shift, note, person, client, at FROM shift_note
 WHERE production_day BETWEEN %(first)s AND %(last)s AND equipment = ANY (%(equipment)s)
   AND (%(shift)s::text IS NULL OR shift IS NULL OR shift = %(shift)s)
   AND (%(as_of)s::timestamptz IS NULL OR at <= %(as_of)s) AND (%(id)s::uuid IS NULL OR id = %(id)s)
 ORDER BY written LIMIT 500;
