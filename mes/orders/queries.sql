-- lock_orders --
-- Whoever changes an order waits for whoever does so already.
SELECT pg_advisory_xact_lock(hashtextextended('order:' || one.id, 0)) FROM unnest(%(ids)s::text[]) AS one(id);

-- orders_now --
-- What orders say of themselves, in the order of OrderFields, and the versions that their steps are of.
SELECT id, product, quantity, unit, CASE WHEN due_at >= '2000-01-01Z' AND due_at < '2200-01-01Z' THEN due_at END, machine, line,
       priority, customer_reference, project, external_system, external_number, confirm_every, product_version
  FROM work_order WHERE id = ANY(%(ids)s);

-- order_of_external --
SELECT id FROM work_order WHERE external_system = %(external_system)s AND external_number = %(external_number)s;

-- put_order --
-- A new order, or the same order with new wishes.
INSERT INTO work_order (id, external_system, external_number, product, quantity, unit, due_at, machine, line, priority,
       customer_reference, project, confirm_every, person, client, product_version)
VALUES (%(id)s, %(external_system)s, %(external_number)s, %(product)s, %(quantity)s, %(unit)s, %(due_at)s, %(machine)s,
       %(line)s, %(priority)s, %(customer_reference)s, %(project)s, %(confirm_every)s, %(person)s, %(client)s,
       %(product_version)s)
ON CONFLICT (id) DO UPDATE SET external_system = excluded.external_system, external_number = excluded.external_number,
       product = excluded.product, quantity = excluded.quantity, unit = excluded.unit, due_at = excluded.due_at,
       machine = excluded.machine, line = excluded.line, priority = excluded.priority,
       customer_reference = excluded.customer_reference, project = excluded.project,
       confirm_every = excluded.confirm_every, person = excluded.person, client = excluded.client, product_version = excluded.product_version, at = clock_timestamp(),
       version = work_order.version + 1;

-- add_operation --
INSERT INTO operation (work_order, step, machine, line, quantity)
VALUES (%(order)s, %(step)s, %(machine)s, %(line)s, %(quantity)s);

-- change_operation --
UPDATE operation SET quantity = %(quantity)s, machine = %(machine)s, line = %(line)s, version = version + 1
 WHERE id = %(id)s AND (quantity, machine, line) IS DISTINCT FROM (%(quantity)s, %(machine)s, %(line)s);

-- shown_operations --
-- Of each operation that an order tag shows, or showed lately where it is made, the spans in which it does; only of orders
-- with one operation there. line is that of which the machine's counts are the line's.
SELECT o.id, array_agg(c.at ORDER BY c.at), array_agg(c.until ORDER BY c.at)
  FROM unnest(%(machines)s::text[], %(lines)s::text[]) AS w(machine, line)
  JOIN operation o ON (o.machine = w.machine OR o.line = w.line) AND NOT o.hidden
   AND (o.state <> 'ended' AND o.state <> 'aborted' OR o.ended_at >= %(since)s)
  JOIN LATERAL (SELECT s.at, (SELECT min(n.at) FROM order_change n WHERE n.machine = s.machine AND n.at > s.at) AS until
                  FROM order_change s WHERE s.machine = w.machine AND s.shown = o.work_order) AS c ON true
 GROUP BY o.id;

-- runs_of_people --
-- What people have said of a machine and others of its operations: a tag does not change that.
SELECT from_at, to_at FROM run
 WHERE machine = %(machine)s AND operation <> %(id)s AND NOT gone AND by <> %(plc)s AND to_at IS NOT NULL;

-- operations_in_progress --
-- Operations that have begun and not ended, or may begin, with when, and whether they count as late; the
-- units that a counted part stands for, and whether counters count.
SELECT o.id, o.work_order, w.product, o.quantity, w.due_at, o.machine, o.line, o.begun_at, p.late, o.counting_machine,
       o.state, o.substate, coalesce((o.method->>'units_per_count')::numeric, 1),
       coalesce(o.method->>'count_source', 'counter') = 'counter'
  FROM operation o JOIN work_order w ON w.id = o.work_order LEFT JOIN order_progress p ON p.operation = o.id
 WHERE o.state IN ('running', 'interrupted', 'allowed_to_start') AND NOT o.hidden
   AND coalesce(o.begun_at <= %(now)s, o.state = 'allowed_to_start')
   AND w.due_at >= '2000-01-01Z' AND w.due_at < '2200-01-01Z'
 ORDER BY o.state = 'allowed_to_start', w.due_at, w.id, o.step, o.part LIMIT %(most)s;

-- operations_over --
-- Operations that have ended lately, or of which something was reported since, and whose good parts were counted before
-- that was known; those of the last days again every ten minutes, since readings may come late. Columns as of
-- operations_in_progress.
SELECT o.id, o.work_order, w.product, o.quantity, w.due_at, o.machine, o.line, o.begun_at, p.late, o.counting_machine,
       o.state, o.substate, coalesce((o.method->>'units_per_count')::numeric, 1),
       coalesce(o.method->>'count_source', 'counter') = 'counter'
  FROM operation o JOIN work_order w ON w.id = o.work_order LEFT JOIN order_progress p ON p.operation = o.id
 WHERE o.state IN ('ended', 'aborted') AND NOT o.hidden AND o.begun_at <= %(now)s
   AND w.due_at >= '2000-01-01Z' AND w.due_at < '2200-01-01Z'
   AND o.id IN (
       SELECT e.id FROM operation e JOIN order_progress s ON s.operation = e.id
        WHERE e.ended_at > %(now)s - interval '4 days' AND s.as_of < %(now)s - interval '10 minutes'
       UNION ALL
       SELECT t.operation FROM transition t LEFT JOIN order_progress s ON s.operation = t.operation
        WHERE t.recorded_at > %(now)s - interval '1 day' AND coalesce(s.as_of <= t.recorded_at + interval '10 seconds', true)
       UNION ALL
       SELECT q.operation FROM production_quantity q LEFT JOIN order_progress s ON s.operation = q.operation
        WHERE q.known_from > %(now)s - interval '1 day' AND coalesce(s.as_of <= q.known_from, true))
 ORDER BY p.as_of NULLS FIRST, o.id LIMIT %(most)s;

-- put_good --
-- The good parts of an operation that has ended; what was foretold of it stays.
INSERT INTO order_progress (operation, good, as_of) VALUES (%(id)s, %(good)s, %(as_of)s)
ON CONFLICT (operation) DO UPDATE SET good = excluded.good, as_of = excluded.as_of;

-- rework_of --
-- What people say has to be worked on again, in units of the order.
SELECT coalesce(sum(quantity), 0) FROM production_quantity
 WHERE operation = %(id)s AND kind = 'rework' AND known_from IS NOT NULL;

-- output_by_minute --
-- Good parts of a machine by the number of the minute since 1970.
SELECT (extract(epoch FROM date_trunc('minute', s.at)) / 60)::bigint AS minute, sum(s.parts * c.factor)::bigint
  FROM unnest(%(counters)s::text[], %(factors)s::int[]) AS c(counter, factor)
  JOIN count_step s ON s.machine = %(machine)s AND s.counter = c.counter AND s.at >= %(from)s AND s.at < %(to)s
 GROUP BY minute ORDER BY minute;

-- machine_runs --
-- When anything ran on a machine.
SELECT from_at, least(to_at, %(to)s) FROM run
 WHERE machine = %(machine)s AND NOT gone AND from_at < %(to)s AND coalesce(to_at > %(from)s, true) ORDER BY from_at;

-- faulty_orders --
-- Orders that are not over and whose due time no clock shows: versions before the bounds took them.
SELECT w.id FROM work_order w
 WHERE (w.due_at < '2000-01-01Z' OR w.due_at >= '2200-01-01Z')
   AND EXISTS (SELECT FROM operation o WHERE o.work_order = w.id AND o.state NOT IN ('ended', 'aborted'))
 ORDER BY w.id LIMIT 100;

-- runs_until --
-- The runs of an operation up to an instant.
SELECT from_at, least(to_at, %(to)s) FROM run WHERE operation = %(id)s AND NOT gone AND from_at < %(to)s ORDER BY from_at;

-- operation_parts --
-- Good parts in the runs of an operation up to an instant, and those of them since another; factor: 1 adds a counter, -1
-- takes away. Where the machine tells its product, only parts that became known while it was the order's; likewise its
-- order. Third: when as many were made as are wanted, NULL while they are not.
WITH step AS (
    SELECT s.at, s.parts * c.factor AS parts
      FROM run r JOIN unnest(%(counters)s::text[], %(factors)s::int[]) AS c(counter, factor) ON true
      JOIN count_step s ON s.machine = r.machine AND s.counter = c.counter AND s.at >= r.from_at
       AND s.at < least(r.to_at, %(to)s)
     WHERE r.operation = %(id)s AND NOT r.gone
       AND (NOT %(by_product)s
            OR %(product)s = (SELECT product FROM product_change p
                               WHERE p.machine = s.machine AND p.at <= s.at ORDER BY p.at DESC LIMIT 1))
       AND (NOT %(by_tag)s
            OR %(order)s = (SELECT shown FROM order_change p
                             WHERE p.machine = s.machine AND p.at <= s.at ORDER BY p.at DESC LIMIT 1))
), made AS (
    SELECT at, sum(parts) OVER (ORDER BY at) AS so_far FROM step
)
SELECT (SELECT coalesce(sum(parts), 0)::bigint FROM step),
       (SELECT coalesce(sum(parts), 0)::bigint FROM step WHERE at >= %(recent)s),
       (SELECT min(at) FROM made WHERE so_far >= %(quantity)s);

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

-- put_progress --
-- The latest progress of an operation.
INSERT INTO order_progress (operation, good, rate_per_hour, expected_low, expected_end, expected_high, late_by, late,
       as_of, binding)
VALUES (%(id)s, %(good)s, %(rate)s, %(expected_low)s, %(expected_end)s, %(expected_high)s, %(late_by)s, %(late)s, %(as_of)s,
        %(binding)s)
ON CONFLICT (operation) DO UPDATE SET good = excluded.good, rate_per_hour = excluded.rate_per_hour,
    expected_low = excluded.expected_low, expected_end = excluded.expected_end, expected_high = excluded.expected_high,
    late_by = excluded.late_by, late = excluded.late, as_of = excluded.as_of, binding = excluded.binding;

-- order_list --
-- Orders: those in progress first, then those not started, then ended ones; within each by due time. Each with its
-- operations, and the latest progress of these.
SELECT w.id, w.product, w.quantity, w.unit,
       CASE WHEN w.due_at >= '2000-01-01Z' AND w.due_at < '2200-01-01Z' THEN w.due_at END AS due_at, w.machine, w.line,
       w.priority, w.customer_reference, w.project, w.external_system, w.external_number, w.confirm_every,
       w.person, w.client,
       w.version + (SELECT coalesce(sum(a.version), 0) FROM operation a WHERE a.work_order = w.id)::int AS version, o.operations
  FROM work_order w CROSS JOIN LATERAL (
       SELECT min(CASE WHEN o.state IN ('running', 'interrupted') THEN 0 WHEN o.state IN ('ended', 'aborted') THEN 2 ELSE 1
                  END) AS rank,
              jsonb_agg(jsonb_build_object(
                  'id', o.id, 'step', o.step, 'part', o.part, 'machine', o.machine, 'line', o.line,
                  'counting_machine', o.counting_machine,
                  'quantity', o.quantity::text, 'state', o.state, 'substate', o.substate, 'sequence', o.sequence,
                  'planned_from', o.planned_from, 'planned_to', o.planned_to, 'begun_at', o.begun_at,
                  'ended_at', o.ended_at, 'split_of', o.split_of, 'version', o.version, 'method', o.method,
                  'method_hash', o.method_hash,
                  'good', p.good::text, 'rate_per_hour', p.rate_per_hour,
                  'expected_low', p.expected_low, 'expected_end', p.expected_end, 'expected_high', p.expected_high,
                  'binding', p.binding,
                  'late_by_s', extract(epoch FROM p.late_by)::double precision, 'late', p.late, 'as_of', p.as_of)
                  ORDER BY o.step, o.part) AS operations
         FROM operation o LEFT JOIN order_progress p ON p.operation = o.id
        WHERE o.work_order = w.id AND NOT o.hidden) AS o
 WHERE (%(ids)s::text[] IS NULL OR w.id = ANY(%(ids)s)) AND (%(ids)s::text[] IS NOT NULL OR o.operations IS NOT NULL)
 ORDER BY o.rank NULLS LAST, w.due_at, w.id
OFFSET %(offset)s LIMIT %(limit)s;

-- orders_at --
-- Operations that run, are interrupted or may begin at a place, with their orders: what runs first, then in the sequence
-- that people gave them, then by due time.
SELECT o.id, o.work_order FROM operation o JOIN work_order w ON w.id = o.work_order
 WHERE (o.machine = %(machine)s OR o.line = %(line)s) AND NOT o.hidden
   AND o.state IN ('allowed_to_start', 'running', 'interrupted')
 ORDER BY o.state = 'running' DESC, o.state = 'interrupted' DESC, o.sequence, w.due_at, o.work_order, o.step
 LIMIT %(most)s;

-- order_version --
-- The number that rises with every change of an order or one of its operations.
SELECT w.version + (SELECT coalesce(sum(a.version), 0) FROM operation a WHERE a.work_order = w.id)::int
  FROM work_order w WHERE w.id = %(id)s;

-- raise_version --
-- What dropped operations have added to that number stays in it.
UPDATE work_order SET version = version + %(dropped)s WHERE id = %(id)s;

-- count_of_orders --
-- How many orders a list shows.
SELECT count(*) FROM work_order w
 WHERE EXISTS (SELECT FROM operation o WHERE o.work_order = w.id AND NOT o.hidden);

-- order_of_operation --
SELECT work_order FROM operation WHERE id = %(id)s;

-- transitions --
-- The log of an operation as people read it.
SELECT seq, command, to_state AS state, to_substate AS substate, at, reason, undoes, person, client, recorded_at
  FROM transition WHERE operation = %(id)s ORDER BY seq;

-- split_off --
-- A sibling of an operation with so much of its quantity, as far as its sibling is.
INSERT INTO operation (id, work_order, step, part, machine, line, quantity, method, method_hash, split_of)
SELECT %(new)s, o.work_order, o.step, (SELECT max(part) + 1 FROM operation s WHERE s.work_order = o.work_order AND s.step = o.step),
       %(machine)s, %(line)s, %(quantity)s, o.method, o.method_hash, o.id
  FROM operation o WHERE o.id = %(id)s;

-- order_operation --
-- Where an operation stands among others, and when it is planned.
UPDATE operation SET sequence = %(sequence)s, planned_from = %(planned_from)s, planned_to = %(planned_to)s,
       version = version + 1 WHERE id = %(id)s;
