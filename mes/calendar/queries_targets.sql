-- targets --
-- What was said of all lines in its order, as known at an instant or (NULL) now.
SELECT line, (extract(epoch FROM from_at) * 1000000)::bigint, share FROM target
 WHERE at <= coalesce(%(as_of)s, 'infinity'::timestamptz) ORDER BY id;

-- targets_of_line --
-- What holds of a line from each instant on that something was said of, the newest instant first.
SELECT id, line, from_at, share, source, by, why, at FROM (
    SELECT DISTINCT ON (from_at) * FROM target
     WHERE line = %(line)s AND at <= coalesce(%(as_of)s, 'infinity'::timestamptz) ORDER BY from_at, id DESC) AS newest
 WHERE share IS NOT NULL ORDER BY from_at DESC;

-- targets_of_plant_file --
-- What the plant file said last of each line.
SELECT DISTINCT ON (line) line, share FROM target WHERE source = 'plant file' ORDER BY line, id DESC;

-- add_target --
INSERT INTO target (line, from_at, share, source, by, why)
VALUES (%(line)s, %(from)s, %(share)s, %(source)s, %(by)s, %(why)s) RETURNING id;
