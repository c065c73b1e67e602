-- complete_until --
-- Every confirmation with an earlier `at` has been committed. It is written under a lock of its operation, so a
-- transaction that may be writing one has a number already; one that only reads, however long, holds up nothing.
SELECT least(%(to)s, clock_timestamp(), (
    SELECT min(a.xact_start) FROM pg_stat_activity a
     WHERE a.datname = current_database() AND a.backend_xid IS NOT NULL AND a.pid <> pg_backend_pid()));

-- confirmations --
-- What was told of an order, or of all in a span of time, with the operation that it is of. reported: whether anybody but
-- a counter says what was good.
SELECT o.work_order, c.operation, o.step, o.machine, o.line, o.state, o.substate, o.begun_at, o.ended_at,
       EXISTS (SELECT FROM production_quantity q WHERE q.operation = o.id AND q.kind = 'good'), c.number, c.kind, c.good,
       c.scrap, c.rework, c.setup_us, c.run_us, c.labour_us, c.production_day, c.as_of, c.reverses, c.reason, c.person, c.at
  FROM confirmation c JOIN operation o ON o.id = c.operation
 WHERE (%(order)s::text IS NULL OR o.work_order = %(order)s)
   AND (%(from)s::timestamptz IS NULL OR (c.at >= %(from)s AND c.at < %(to)s))
 ORDER BY c.at, c.operation, c.number LIMIT %(most)s;

-- made_orders --
-- These orders, with the conditions and times of their operations; of cancelled ones where there are no others.
SELECT w.id, w.external_system, w.external_number, w.product, w.unit,
       coalesce(array_agg(ARRAY[o.state, o.substate] ORDER BY o.step, o.part) FILTER (WHERE NOT o.hidden),
                array_agg(ARRAY[o.state, o.substate] ORDER BY o.step, o.part)),
       min(o.begun_at), CASE WHEN bool_and(o.ended_at IS NOT NULL) FILTER (WHERE NOT o.hidden) THEN max(o.ended_at) END
  FROM work_order w JOIN operation o ON o.work_order = w.id
 WHERE w.id = ANY(%(ids)s) GROUP BY w.id;
