-- add_edit --
INSERT INTO edit (machine, kind, from_at, to_at, state, reason, comment, asked, before, by, why, undoes)
VALUES (%(machine)s, %(kind)s, %(from)s, %(to)s, %(state)s, %(reason)s, %(comment)s, %(asked)s, %(before)s,
        %(by)s, %(why)s, %(undoes)s)
RETURNING id;

-- edit_list --
-- Edits of machines that touch a window, the newest first, with the undo that is in effect.
SELECT e.id, e.machine, e.kind, e.from_at, e.to_at, e.state, e.reason, e.comment, e.before, e.by, e.why, e.at, e.undoes,
       e.known_from,
       (SELECT max(u.id) FROM edit u
         WHERE u.undoes = e.id AND NOT EXISTS (SELECT FROM edit redo WHERE redo.undoes = u.id)) AS undone_by
  FROM edit e
 WHERE e.machine = ANY(%(machines)s)
   AND (%(id)s::bigint IS NULL OR e.id = %(id)s)
   AND (%(from)s::timestamptz IS NULL OR e.to_at >= %(from)s) AND (%(to)s::timestamptz IS NULL OR e.from_at < %(to)s)
   AND (%(before)s::bigint IS NULL OR e.id < %(before)s)
 ORDER BY e.id DESC LIMIT %(limit)s;

-- edit_known --
-- Whether the keeper has taken an edit in.
SELECT known_from IS NOT NULL FROM edit WHERE id = %(id)s;

-- lock_edits --
-- One at a time changes the edits of a machine.
SELECT pg_advisory_xact_lock(hashtextextended('shopfloor-edit-' || %(machine)s, 0));

-- shown_cycles --
-- What tags that show the last cycle said in a window and up to a minute before it, each value where it begins to be so;
-- NaN where they could not be read. With as_of only what had come by then.
SELECT machine, at_us, value FROM (
    SELECT w.machine, (extract(epoch FROM s.at) * 1000000)::bigint AS at_us, coalesce(s.value, 'NaN') AS value,
           lag(coalesce(s.value, 'NaN')) OVER (PARTITION BY s.series ORDER BY s.at, s.edge_at) AS before
      FROM unnest(%(machines)s::text[], %(tags)s::text[]) AS w (machine, tag)
      JOIN series USING (machine, tag)
      JOIN sample s ON s.series = series.series AND s.quality < 4
                   AND s.at >= %(from)s::timestamptz - interval '1 minute' AND s.at < %(to)s
     WHERE %(as_of)s::timestamptz IS NULL
        OR EXISTS (SELECT FROM node n JOIN frame f ON f.node = n.node AND f.epoch = s.epoch AND f.seq = s.seq
                    WHERE n.number = s.node AND f.ingested_at <= %(as_of)s)) AS shown
 WHERE value IS DISTINCT FROM before
 ORDER BY machine, at_us;
