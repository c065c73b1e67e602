-- put_external_order --
-- What an ERP shows of an order.
INSERT INTO external_order (system, external_id, number, work_order, state, stamp, problem, cure)
VALUES (%(system)s, %(external_id)s, %(number)s, %(work_order)s, %(state)s, %(stamp)s, %(problem)s, %(cure)s)
ON CONFLICT (system, external_id) DO UPDATE SET number = excluded.number, state = excluded.state, stamp = excluded.stamp,
       work_order = coalesce(excluded.work_order, external_order.work_order), problem = excluded.problem,
       cure = excluded.cure, seen_at = clock_timestamp();

-- external_orders --
SELECT external_id, number, work_order, state, stamp, problem FROM external_order
 WHERE system = %(system)s AND (state NOT IN ('done', 'cancelled', 'deleted') OR external_id = ANY(%(ids)s));

-- put_amounts --
-- What the ERP has of an order.
UPDATE external_order SET state = %(state)s, good = %(good)s, scrap = %(scrap)s, seen_at = clock_timestamp()
 WHERE system = %(system)s AND external_id = %(external_id)s;

-- plan_begins --
-- Orders that have begun here.
INSERT INTO external_document (system, work_order, number, kind)
SELECT e.system, e.work_order, 1, 'begin' FROM external_order e
 WHERE e.system = %(system)s AND e.work_order IS NOT NULL
   AND EXISTS (SELECT FROM operation o WHERE o.work_order = e.work_order AND o.begun_at IS NOT NULL)
   AND NOT EXISTS (SELECT FROM external_document d WHERE d.system = e.system AND d.work_order = e.work_order)
ON CONFLICT DO NOTHING;

-- plan_confirmations --
-- Confirmations that have no document yet, in the order in which they were made. Good parts are those of the last step.
INSERT INTO external_document (system, work_order, number, kind, operation, confirmation, good, scrap, production_day)
SELECT e.system, e.work_order,
       (SELECT max(d.number) FROM external_document d WHERE d.system = e.system AND d.work_order = e.work_order)
       + row_number() OVER (PARTITION BY e.work_order ORDER BY c.at, c.operation, c.number),
       CASE c.kind WHEN 'reversal' THEN 'reversal' ELSE 'confirmation' END, c.operation, c.number,
       CASE WHEN o.step = (SELECT max(l.step) FROM operation l WHERE l.work_order = o.work_order AND NOT l.hidden)
            THEN c.good ELSE 0 END,
       (SELECT coalesce(sum(value::numeric), 0) FROM jsonb_each_text(c.scrap)), c.production_day
  FROM external_order e JOIN operation o ON o.work_order = e.work_order JOIN confirmation c ON c.operation = o.id
 WHERE e.system = %(system)s
   AND EXISTS (SELECT FROM external_document d WHERE d.system = e.system AND d.work_order = e.work_order)
   AND NOT EXISTS (SELECT FROM external_document d
                    WHERE d.system = e.system AND d.operation = c.operation AND d.confirmation = c.number);

-- plan_ends --
-- Orders all of whose operations are over, one at least confirmed for good, and each that was completed.
INSERT INTO external_document (system, work_order, number, kind)
SELECT e.system, e.work_order, l.number + 1, 'end' FROM external_order e
  JOIN LATERAL (SELECT d.number, d.kind FROM external_document d
                 WHERE d.system = e.system AND d.work_order = e.work_order ORDER BY d.number DESC LIMIT 1) AS l ON true
 WHERE e.system = %(system)s AND l.kind <> 'end' AND EXISTS (SELECT FROM confirmation c JOIN operation o ON o.id = c.operation
                                                  WHERE o.work_order = e.work_order)
   AND NOT EXISTS (
       SELECT FROM operation o WHERE o.work_order = e.work_order AND NOT o.hidden AND o.state <> 'aborted'
          AND NOT (o.state = 'ended' AND EXISTS (
              SELECT FROM confirmation c WHERE c.operation = o.id AND c.kind = 'final' AND NOT EXISTS (
                  SELECT FROM confirmation r WHERE r.operation = c.operation AND r.reverses = c.number))))
   AND NOT EXISTS (SELECT FROM operation o JOIN confirmation c ON c.operation = o.id
                    WHERE o.work_order = e.work_order AND NOT EXISTS (
                          SELECT FROM external_document d
                           WHERE d.system = e.system AND d.operation = c.operation AND d.confirmation = c.number));

-- due_documents --
-- The next document of each order, unless it is parked or was tried just now. reversed: the document that it takes back;
-- key: that of the confirmation before it.
SELECT f.work_order, f.number, f.kind, f.good, f.scrap, f.state, f.before, f.tries, e.external_id,
       (SELECT r.number FROM confirmation c JOIN external_document r
            ON r.system = f.system AND r.operation = c.operation AND r.confirmation = c.reverses
         WHERE c.operation = f.operation AND c.number = f.confirmation) AS reverses,
       coalesce((SELECT max(p.number) FROM external_document p
                  WHERE p.system = f.system AND p.work_order = f.work_order AND p.number < f.number
                    AND p.operation IS NOT NULL), 0) AS key_before
  FROM (SELECT DISTINCT ON (work_order) * FROM external_document
         WHERE system = %(system)s AND state <> 'acknowledged' ORDER BY work_order, number) AS f
  JOIN external_order e ON e.system = f.system AND e.work_order = f.work_order
 WHERE f.state <> 'parked' AND f.next_at <= clock_timestamp()
 ORDER BY f.at LIMIT %(most)s;

-- own_records --
-- Which records of the ERP hold which document of an order.
SELECT number, external_ids FROM external_document
 WHERE system = %(system)s AND work_order = %(work_order)s AND external_ids IS NOT NULL ORDER BY number;

-- mark_sent --
-- Written before an attempt: from now on nobody knows whether the ERP has it, until it is looked up.
UPDATE external_document SET state = 'sent', before = coalesce(%(before)s, before)
 WHERE system = %(system)s AND work_order = %(work_order)s AND number = %(number)s;

-- settle_document --
-- state: NULL leaves it as the attempt has left it.
UPDATE external_document SET state = coalesce(%(state)s::text, state), external_ids = coalesce(%(external_ids)s, external_ids), tries = tries + 1,
       next_at = clock_timestamp() + coalesce(%(delay)s, interval '0'), problem = %(problem)s, cure = %(cure)s,
       settled_at = CASE WHEN %(state)s::text IN ('acknowledged', 'parked') THEN clock_timestamp() END
 WHERE system = %(system)s AND work_order = %(work_order)s AND number = %(number)s;

-- retry_document --
-- A person wants a parked document tried again.
UPDATE external_document SET state = CASE WHEN before IS NULL THEN 'waiting' ELSE 'sent' END, problem = NULL, cure = NULL,
       next_at = clock_timestamp(), settled_at = NULL
 WHERE system = %(system)s AND work_order = %(work_order)s AND number = %(number)s AND state = 'parked'
 RETURNING number;

-- documents --
-- The documents of one order, or of all that were made on a production day, in their order.
SELECT d.system, d.work_order AS order, e.number AS external_number, d.number, d.kind, d.operation, d.confirmation, d.good,
       d.scrap, d.production_day, d.state, d.tries, d.problem, d.cure, d.at, d.settled_at
  FROM external_document d JOIN external_order e ON e.system = d.system AND e.work_order = d.work_order
 WHERE (%(order)s::text IS NULL OR d.work_order = %(order)s)
   AND (%(day)s::date IS NULL OR d.production_day = %(day)s)
   AND (%(state)s::text IS NULL OR d.state = %(state)s)
 ORDER BY d.work_order, d.number LIMIT %(most)s;
