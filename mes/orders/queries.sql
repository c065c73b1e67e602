-- put_order --
-- A new order, or the same order with new wishes; what has begun keeps its start.
INSERT INTO work_order (id, product, quantity, due_at, machine, line, started_at, ended_at, changed_by)
VALUES (%(id)s, %(product)s, %(quantity)s, %(due_at)s, %(machine)s, %(line)s, %(started_at)s, %(ended_at)s, %(by)s)
ON CONFLICT (id) DO UPDATE SET product = excluded.product, quantity = excluded.quantity, due_at = excluded.due_at,
    machine = excluded.machine, line = excluded.line, changed_by = excluded.changed_by,
    started_at = coalesce(work_order.started_at, excluded.started_at),
    ended_at = coalesce(work_order.ended_at, excluded.ended_at);

-- start_order --
-- The order begins, unless it has begun.
UPDATE work_order SET started_at = coalesce(started_at, %(at)s), changed_by = %(by)s WHERE id = %(id)s;

-- end_order --
-- The order ends, unless it has ended; NULL where it never began.
UPDATE work_order SET ended_at = coalesce(ended_at, %(at)s), changed_by = %(by)s
 WHERE id = %(id)s AND started_at IS NOT NULL;

-- bind_orders --
-- Orders that order tags show, or showed lately, begin and end with that: what people or the ERP have said stays, and what
-- was bound by a tag follows it. line is that of which the machine's counts are the line's. While another order runs there
-- the one that is shown waits. Gives the earliest instant of what has changed, NULL where nothing has, and by the orders
-- that wait the ones that run.
WITH shown AS (
    SELECT o.id, w.machine, w.line, c.at, (SELECT min(n.at) FROM order_change n WHERE n.machine = c.machine AND n.at > c.at) AS until
      FROM unnest(%(machines)s::text[], %(lines)s::text[]) AS w(machine, line)
      JOIN work_order o ON o.machine = w.machine OR o.line = w.line
      JOIN order_change c ON c.machine = w.machine AND c.shown = o.id
     WHERE o.ended_at IS NULL OR o.ended_at >= %(since)s
), spans AS (
    SELECT id, min(machine) AS machine, min(line) AS line, min(at) AS first_at, CASE WHEN bool_or(until IS NULL) THEN NULL ELSE max(until) END AS last_at
      FROM shown GROUP BY id
), bound AS (
    SELECT o.id, s.machine, s.line, o.started_at AS old_start, o.ended_at AS old_end,
           CASE WHEN o.changed_by = %(by)s THEN s.first_at ELSE coalesce(o.started_at, s.first_at) END AS start_at,
           CASE WHEN o.changed_by = %(by)s THEN s.last_at
                WHEN o.started_at > s.last_at THEN o.ended_at
                ELSE coalesce(o.ended_at, s.last_at) END AS end_at
      FROM spans s JOIN work_order o USING (id)
), waiting AS (
    SELECT b.id, min(r.id) AS running
      FROM bound b JOIN work_order r
        ON r.id <> b.id AND (r.machine = b.machine OR r.line = b.line) AND r.started_at IS NOT NULL AND r.ended_at IS NULL
     WHERE b.end_at IS NULL AND (b.old_start IS NULL OR b.old_end IS NOT NULL)
       AND NOT EXISTS (SELECT FROM bound leaving WHERE leaving.id = r.id AND leaving.end_at IS NOT NULL)
     GROUP BY b.id
), changed AS (
    UPDATE work_order o SET started_at = b.start_at, ended_at = b.end_at, changed_by = %(by)s
      FROM bound b
     WHERE b.id = o.id AND b.id NOT IN (SELECT id FROM waiting) AND (b.old_start, b.old_end) IS DISTINCT FROM (b.start_at, b.end_at)
    RETURNING CASE WHEN b.old_start IS DISTINCT FROM b.start_at THEN least(b.old_start, b.start_at)
                   ELSE least(b.old_end, b.end_at) END AS since
)
SELECT (SELECT min(since) FROM changed), (SELECT jsonb_object_agg(id, running) FROM waiting);

-- orders --
-- Orders with their latest progress, by id, after a given id; those with an impossible due time are left out.
SELECT o.id, o.product, o.quantity, o.due_at, o.machine, o.line, o.started_at, o.ended_at,
       p.late
  FROM work_order o LEFT JOIN order_progress p USING (id)
 WHERE o.id > %(after)s AND (%(id)s::text IS NULL OR o.id = %(id)s)
   AND (NOT %(running)s OR (o.started_at <= %(now)s AND o.ended_at IS NULL))
   AND o.due_at >= '2000-01-01Z' AND o.due_at < '2200-01-01Z'
 ORDER BY o.id LIMIT %(most)s;

-- faulty_orders --
-- Orders that are not over and whose due time no clock shows: versions before the bounds took them.
SELECT id FROM work_order
 WHERE ended_at IS NULL AND (due_at < '2000-01-01Z' OR due_at >= '2200-01-01Z') ORDER BY id LIMIT 100;

-- order_parts --
-- Good parts of a machine between two instants, and those of them since a third; factor: 1 adds a counter, -1 takes away.
-- Where the machine tells its product, only parts that became known while it was the order's; likewise its order.
SELECT coalesce(sum(parts * factor), 0)::bigint,
       coalesce(sum(parts * factor) FILTER (WHERE at >= %(recent)s), 0)::bigint
  FROM unnest(%(counters)s::text[], %(factors)s::int[]) AS c(counter, factor)
  JOIN count_step s ON s.machine = %(machine)s AND s.counter = c.counter AND s.at >= %(from)s AND s.at < %(to)s
 WHERE (NOT %(by_product)s
        OR %(product)s = (SELECT product FROM product_change p
                           WHERE p.machine = %(machine)s AND p.at <= s.at ORDER BY p.at DESC LIMIT 1))
   AND (NOT %(by_tag)s
        OR %(id)s = (SELECT shown FROM order_change p
                      WHERE p.machine = %(machine)s AND p.at <= s.at ORDER BY p.at DESC LIMIT 1));

-- order_reached --
-- When as many good parts were made, counted like order_parts; NULL while they are not.
SELECT min(at) FROM (
    SELECT s.at, sum(s.parts * c.factor) OVER (ORDER BY s.at) AS made
      FROM unnest(%(counters)s::text[], %(factors)s::int[]) AS c(counter, factor)
      JOIN count_step s ON s.machine = %(machine)s AND s.counter = c.counter AND s.at >= %(from)s AND s.at < %(to)s
     WHERE (NOT %(by_product)s
            OR %(product)s = (SELECT product FROM product_change p
                               WHERE p.machine = %(machine)s AND p.at <= s.at ORDER BY p.at DESC LIMIT 1))
       AND (NOT %(by_tag)s
            OR %(id)s = (SELECT shown FROM order_change p
                          WHERE p.machine = %(machine)s AND p.at <= s.at ORDER BY p.at DESC LIMIT 1))) AS steps
 WHERE made >= %(quantity)s;

-- put_progress --
-- The latest progress of an order.
INSERT INTO order_progress (id, done, rate_per_hour, expected_end, late_by, late, as_of)
VALUES (%(id)s, %(done)s, %(rate)s, %(expected_end)s, %(late_by)s, %(late)s, %(as_of)s)
ON CONFLICT (id) DO UPDATE SET done = excluded.done, rate_per_hour = excluded.rate_per_hour,
    expected_end = excluded.expected_end, late_by = excluded.late_by,
    late = excluded.late, as_of = excluded.as_of;

-- order_place --
-- Where an order is made, since when, and what; no row when there is none.
SELECT machine, line, started_at, product FROM work_order WHERE id = %(id)s;

-- order_running_at --
-- Another order that runs on a machine or on a line whose parts that machine counts; no row when there is none.
SELECT id FROM work_order
 WHERE started_at IS NOT NULL AND ended_at IS NULL AND id <> %(id)s
   AND (machine = %(machine)s OR line = ANY(%(lines)s))
 ORDER BY started_at DESC, id LIMIT 1;

-- product_changes --
-- The last changes of a machine's product up to an instant, the one in force at another included, in the order of time.
SELECT at, product FROM (
    SELECT at, product FROM product_change
     WHERE machine = %(machine)s AND at < %(to)s
       AND at >= coalesce((SELECT max(at) FROM product_change WHERE machine = %(machine)s AND at <= %(from)s), '-infinity')
     ORDER BY at DESC LIMIT %(most)s) AS newest
 ORDER BY at;

-- order_changes --
-- The same of what a machine's order tag shows.
SELECT at, shown FROM (
    SELECT at, shown FROM order_change
     WHERE machine = %(machine)s AND at < %(to)s
       AND at >= coalesce((SELECT max(at) FROM order_change WHERE machine = %(machine)s AND at <= %(from)s), '-infinity')
     ORDER BY at DESC LIMIT %(most)s) AS newest
 ORDER BY at;

-- order_list --
-- Orders with their latest progress: running, then not started, then ended; within each by due time.
SELECT o.id, o.product, o.quantity,
       CASE WHEN o.due_at >= '2000-01-01Z' AND o.due_at < '2200-01-01Z' THEN o.due_at END AS due_at, o.machine, o.line, o.started_at, o.ended_at, o.changed_by,
       CASE WHEN o.ended_at IS NOT NULL THEN 'ended' WHEN o.started_at IS NOT NULL THEN 'running' ELSE 'open' END
           AS condition,
       p.done, p.rate_per_hour, p.expected_end, extract(epoch FROM p.late_by)::double precision AS late_by_s, p.late, p.as_of
  FROM work_order o LEFT JOIN order_progress p USING (id)
 WHERE %(id)s::text IS NULL OR o.id = %(id)s
 ORDER BY CASE WHEN o.ended_at IS NOT NULL THEN 2 WHEN o.started_at IS NOT NULL THEN 0 ELSE 1 END, o.due_at, o.id
OFFSET %(offset)s LIMIT %(limit)s;

-- count_of_orders --
-- How many orders there are.
SELECT count(*) FROM work_order;
