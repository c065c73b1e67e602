-- last_steps --
-- The last step of each order: its good parts are the order's.
SELECT work_order, max(step) FROM operation WHERE work_order = ANY(%(orders)s) AND NOT hidden GROUP BY work_order;

-- told_orders --
-- Orders of which something was confirmed on a production day.
SELECT DISTINCT o.work_order FROM confirmation c JOIN operation o ON o.id = c.operation WHERE c.production_day = %(day)s;

-- reports_by_source --
-- What people, scanners and the ERP reported, with corrections.
SELECT o.work_order, q.source, q.kind, sum(q.quantity
       + coalesce((SELECT sum(c.quantity) FROM production_quantity c WHERE c.corrects = q.id), 0))
  FROM production_quantity q JOIN operation o ON o.id = q.operation
 WHERE q.corrects IS NULL AND q.made_at >= %(from)s AND q.made_at < %(to)s AND q.kind <> 'rework'
   AND (q.kind <> 'good'
        OR o.step = (SELECT max(l.step) FROM operation l WHERE l.work_order = o.work_order AND NOT l.hidden))
 GROUP BY o.work_order, q.source, q.kind;

-- confirmed --
SELECT o.work_order,
       sum(CASE WHEN o.step = (SELECT max(l.step) FROM operation l WHERE l.work_order = o.work_order AND NOT l.hidden)
                THEN c.good ELSE 0 END),
       sum((SELECT coalesce(sum(value::numeric), 0) FROM jsonb_each_text(c.scrap))), count(*)
  FROM confirmation c JOIN operation o ON o.id = c.operation
 WHERE c.production_day = %(day)s GROUP BY o.work_order;

-- documents_by_state --
SELECT work_order, CASE state WHEN 'sent' THEN 'waiting' ELSE state END, sum(good), sum(scrap), count(*),
       count(*) FILTER (WHERE kind = 'reversal')
  FROM external_document WHERE production_day = %(day)s AND operation IS NOT NULL GROUP BY 1, 2;

-- external_numbers --
SELECT work_order, system, number, problem, cure FROM external_order WHERE work_order IS NOT NULL;

-- untaken --
-- Orders of the ERP that are not followed here, and why.
-- One that was cancelled there and is over here needs nobody any more.
SELECT e.system, e.number, e.work_order, e.state, e.problem, e.cure FROM external_order e
 WHERE e.problem IS NOT NULL
   AND (e.state NOT IN ('cancelled', 'deleted')
        OR EXISTS (SELECT FROM operation o WHERE o.work_order = e.work_order AND NOT o.hidden
                      AND o.state NOT IN ('ended', 'aborted')))
 ORDER BY e.number LIMIT 1000;

-- records --
-- The newest record of each order on a day.
SELECT DISTINCT ON (work_order) work_order, owner, reason, differences, person, client, at
  FROM reconciliation_record WHERE production_day = %(day)s ORDER BY work_order, id DESC;

-- add_record --
INSERT INTO reconciliation_record (production_day, work_order, owner, reason, differences, person, client)
VALUES (%(day)s, %(order)s, %(owner)s, %(reason)s, %(differences)s, %(person)s, %(client)s) RETURNING at;
