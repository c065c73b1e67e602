-- machine_times --
-- The runs of operations as they were known, with the first part that may be in each: what is before it is setup. An end
-- that was not reached by then is NULL.
SELECT r.operation, r.work_order, o.step, r.machine, r.line, r.from_at, CASE WHEN r.to_at <= %(as_of)s THEN r.to_at END,
       (SELECT min(CASE WHEN s.bridged THEN greatest(s.since, r.from_at) ELSE s.at END) FROM steps_known(%(as_of)s) s
         WHERE s.machine = r.machine AND s.counter IN ('total', 'good') AND s.most > 0 AND s.at > r.from_at
           AND s.at < least(r.to_at, %(as_of)s))
  FROM run r JOIN operation o ON o.id = r.operation
 WHERE r.known_from <= %(as_of)s AND (r.known_to IS NULL OR r.known_to > %(as_of)s)
   AND (%(operation)s::uuid IS NULL OR r.operation = %(operation)s) AND (%(order)s::text IS NULL OR r.work_order = %(order)s)
   AND (%(machine)s::text IS NULL OR r.machine = %(machine)s)
   AND r.from_at < least(%(end)s::timestamptz, %(as_of)s) AND (r.to_at IS NULL OR %(start)s::timestamptz IS NULL OR r.to_at > %(start)s)
 ORDER BY r.from_at, r.id LIMIT %(most)s;

-- labour_times --
-- What people said of their work, each entry as it was said last; spans without any time are those that were taken away.
SELECT f.id, f.operation, o.work_order, o.step, coalesce(o.counting_machine, o.machine), o.line, f.worker, l.from_at, l.to_at,
       EXISTS (SELECT FROM production_event c WHERE c.corrects = f.id AND c.why <> '' AND (%(as_of)s::timestamptz IS NULL OR c.at <= %(as_of)s)), l.comment,
       l.person, l.client, l.at
  FROM production_event f JOIN operation o ON o.id = f.operation
 CROSS JOIN LATERAL (SELECT * FROM production_event n WHERE (n.id = f.id OR n.corrects = f.id) 
                      AND (%(as_of)s::timestamptz IS NULL OR n.at <= %(as_of)s)
                      ORDER BY n.written DESC LIMIT 1) AS l
 WHERE f.corrects IS NULL AND (%(taken_away)s OR l.from_at IS DISTINCT FROM l.to_at)
   AND (%(id)s::uuid IS NULL OR f.id = %(id)s)
   AND (%(operation)s::uuid IS NULL OR f.operation = %(operation)s) AND (%(order)s::text IS NULL OR o.work_order = %(order)s)
   AND (%(machine)s::text IS NULL OR coalesce(o.counting_machine, o.machine) = %(machine)s)
   AND (%(worker)s::text IS NULL OR f.worker = %(worker)s)
   AND (%(end)s::timestamptz IS NULL OR l.from_at < %(end)s) AND (l.to_at IS NULL OR %(start)s::timestamptz IS NULL OR l.to_at > %(start)s)
 ORDER BY l.from_at, f.written LIMIT %(most)s;

-- operation_of_entry --
-- On which operation an entry is, and the entry that it corrects.
SELECT operation, corrects FROM production_event WHERE id = %(id)s;

-- add_entry --
INSERT INTO production_event (id, operation, worker, from_at, to_at, corrects, why, comment, person, client)
VALUES (%(id)s, %(operation)s, %(worker)s, %(start)s, %(end)s, %(corrects)s, %(why)s, %(comment)s, %(person)s, %(client)s);
