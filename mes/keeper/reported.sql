-- mark_reported --
-- In these spans of machines the scrap that people report may be of other parts than before; spans without any are left
-- out. Of each machine one span waits.
INSERT INTO reported_span (machine, from_us, to_us)
SELECT s.machine, min(s.from_us), max(s.to_us)
  FROM unnest(%(machines)s::text[], %(from)s::bigint[], %(to)s::bigint[]) AS s(machine, from_us, to_us),
       LATERAL (SELECT to_timestamp(0) + s.from_us * interval '1 microsecond' AS from_at,
                       to_timestamp(0) + s.to_us * interval '1 microsecond' AS to_at) AS span
 WHERE EXISTS (SELECT FROM run r WHERE r.machine = s.machine AND NOT r.gone AND r.from_at <= span.to_at
                  AND (r.to_at >= span.from_at OR r.to_at IS NULL)
                  AND EXISTS (SELECT FROM production_quantity q WHERE q.operation = r.operation AND q.kind = 'scrap'))
    OR EXISTS (SELECT FROM count_step c WHERE c.machine = s.machine AND c.counter = 'reported'
                  AND c.at >= span.from_at AND c.at <= span.to_at)
 GROUP BY s.machine
ON CONFLICT (machine) DO UPDATE SET from_us = least(reported_span.from_us, excluded.from_us),
       to_us = greatest(reported_span.to_us, excluded.to_us);

-- mark_booked --
-- What is booked of orders on machines has changed from an instant on. A change of tags or products reaches to the next
-- one of these, so nothing is said of its end.
INSERT INTO booked_mark (machine, from_at, known_at)
SELECT machine, to_timestamp(0) + min(from_us) * interval '1 microsecond', %(known)s
  FROM unnest(%(machines)s::text[], %(from)s::bigint[]) AS m(machine, from_us) GROUP BY machine;

-- reported_waits --
-- Whether such a span waits.
SELECT EXISTS (SELECT FROM reported_span);

-- take_reported --
-- They wait no more.
DELETE FROM reported_span RETURNING machine, from_us, to_us;

-- reported_runs --
-- The runs of a machine that touch a span and whose operations have scrap that people reported, and how many units of
-- the operation a part of the counter stands for.
SELECT r.operation, (extract(epoch FROM r.from_at) * 1000000)::bigint, (extract(epoch FROM r.to_at) * 1000000)::bigint,
       coalesce((o.method->>'units_per_count')::numeric, 1)
  FROM run r JOIN operation o ON o.id = r.operation
 WHERE r.machine = %(machine)s AND NOT r.gone AND r.known_from IS NOT NULL AND r.from_at <= %(to)s
   AND (r.to_at >= %(from)s OR r.to_at IS NULL)
   AND EXISTS (SELECT FROM production_quantity q WHERE q.operation = r.operation AND q.kind = 'scrap'
                  AND q.known_from IS NOT NULL)
 ORDER BY r.from_at;

-- scrap_reports --
-- What people, scanners and the ERP say is scrap of an operation, corrections added to what they correct; and all runs
-- of the operation, for a report after the end of one means what was made before.
SELECT (extract(epoch FROM q.made_at) * 1000000)::bigint, q.quantity + coalesce((SELECT sum(c.quantity)
          FROM production_quantity c WHERE c.corrects = q.id AND c.known_from IS NOT NULL), 0), q.found_at IS NOT NULL
  FROM production_quantity q
 WHERE q.operation = %(operation)s AND q.kind = 'scrap' AND q.corrects IS NULL AND q.known_from IS NOT NULL
 ORDER BY q.made_at, q.id;

-- runs_of_operation --
SELECT (extract(epoch FROM from_at) * 1000000)::bigint, (extract(epoch FROM to_at) * 1000000)::bigint
  FROM run WHERE operation = %(operation)s AND NOT gone AND known_from IS NOT NULL ORDER BY from_at;

-- steps_of_run --
-- Count steps in a span of an operation's run: only what was made while the machine told its product and its order,
-- where it tells one.
SELECT k.counter, (extract(epoch FROM k.at) * 1000000)::bigint, (extract(epoch FROM k.since) * 1000000)::bigint, k.parts,
       k.most, k.bridged
  FROM count_step k, operation o JOIN work_order w ON w.id = o.work_order
 WHERE o.id = %(operation)s AND k.machine = %(machine)s AND k.counter IN ('total', 'good', 'scrap') AND k.at >= %(from)s
   AND k.at < %(to)s
   AND (NOT %(by_product)s
        OR w.product = (SELECT p.product FROM product_in_force(k.machine, k.at, NULL) p))
   AND (NOT %(by_tag)s
        OR w.id = (SELECT shown FROM order_change c WHERE c.machine = k.machine AND c.at <= k.at ORDER BY c.at DESC LIMIT 1))
 ORDER BY k.at;
