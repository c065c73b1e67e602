-- ask --
INSERT INTO discovery (id, node, action, device, asked, person, client)
VALUES (%(id)s, %(node)s, %(action)s, %(device)s, %(asked)s, %(person)s, %(client)s);

-- unsent --
-- What is to be asked, the oldest first.
SELECT id, node, action, device, asked FROM discovery
 WHERE sent_at IS NULL AND asked_at > clock_timestamp() - interval '10 minutes' ORDER BY asked_at LIMIT 20;

-- sent --
UPDATE discovery SET sent_at = clock_timestamp() WHERE id = %(id)s;

-- to_stop --
SELECT id, node FROM discovery WHERE stop_asked AND NOT done AND sent_at IS NOT NULL;

-- stop --
UPDATE discovery SET stop_asked = true WHERE id = %(id)s AND NOT done;

-- stopped --
UPDATE discovery SET stop_asked = false WHERE id = %(id)s;

-- hear --
-- A part of an answer; one that comes again changes nothing.
UPDATE discovery
   SET part = %(part)s, heard_at = clock_timestamp(), progress = %(progress)s, done = done OR %(done)s,
       trouble = %(trouble)s, found = found || %(rows)s::jsonb,
       columns = CASE WHEN cardinality(%(columns)s::text[]) > 0 THEN %(columns)s::text[] ELSE columns END
 WHERE id = %(id)s AND node = %(node)s AND part < %(part)s AND NOT done
   AND jsonb_array_length(found) <= %(most)s;

-- found --
SELECT id, node, action, device, asked_at, sent_at, heard_at, progress, columns, found, done, trouble
  FROM discovery WHERE id = %(id)s;

-- latest --
SELECT id, node, action, device, asked_at, done, jsonb_array_length(found) FROM discovery ORDER BY asked_at DESC LIMIT 5;

-- forget --
DELETE FROM discovery WHERE asked_at < clock_timestamp() - interval '7 days';

-- nodes --
-- The agents that are known, and whether each is there.
SELECT node, state FROM node ORDER BY node;

-- newest_text --
SELECT text, sha256 FROM plant_file ORDER BY version DESC LIMIT 1;
