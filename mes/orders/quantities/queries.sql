-- quantity_operations --
-- Operations whose quantities are asked for: by order or id, or all with a run or a report in a window.
SELECT o.id, o.work_order, o.step, o.part, w.product, w.unit, o.machine, o.line, o.counting_machine,
       coalesce(o.method->>'count_source', 'counter'), coalesce((o.method->>'units_per_count')::numeric, 1)
  FROM operation o JOIN work_order w ON w.id = o.work_order
 WHERE (%(order)s::text IS NULL OR o.work_order = %(order)s) AND (%(operation)s::uuid IS NULL OR o.id = %(operation)s)
   AND (EXISTS (SELECT FROM run r WHERE r.operation = o.id AND r.from_at < %(to)s AND coalesce(r.to_at > %(from)s, true))
        OR EXISTS (SELECT FROM production_quantity q
                    WHERE q.operation = o.id AND q.made_at >= %(from)s AND q.made_at < %(to)s))
 ORDER BY o.work_order, o.step, o.part LIMIT %(most)s;

-- known_runs --
-- The runs of operations as they were known.
SELECT r.operation, (extract(epoch FROM r.from_at) * 1000000)::bigint, (extract(epoch FROM r.to_at) * 1000000)::bigint
  FROM run r
 WHERE r.operation = ANY(%(ids)s) AND CASE WHEN %(pending)s THEN NOT r.gone
            ELSE r.known_from <= coalesce(%(as_of)s::timestamptz, r.known_from)
                 AND (r.known_to IS NULL OR r.known_to > %(as_of)s::timestamptz) END
 ORDER BY r.operation, r.from_at;

-- counts --
-- Steps of counters in the runs of operations, as they were known, with what they may belong to elsewhere: a step across
-- a silence that reaches over an edge of the run is certain on neither side; after the end of a run that can only be the
-- next one. Each run is looked up by itself: a plan by guess reads the whole table. Only what was made while the machine told the
-- order's product, where it tells one, and the order, where it has a tag.
SELECT r.operation, s.counter, (extract(epoch FROM s.at) * 1000000)::bigint, (extract(epoch FROM s.since) * 1000000)::bigint,
       s.parts, s.most, s.bridged, (extract(epoch FROM r.from_at) * 1000000)::bigint,
       (extract(epoch FROM r.to_at) * 1000000)::bigint
  FROM run r
  JOIN work_order w ON w.id = r.work_order
  JOIN unnest(%(counters)s::text[]) AS c(counter) ON true
  JOIN LATERAL (
       (SELECT * FROM steps_known(%(as_of)s) k
         WHERE k.machine = r.machine AND k.counter = c.counter AND k.at >= greatest(r.from_at, %(from)s)
           AND k.at < least(r.to_at, %(to)s) OFFSET 0)
       UNION ALL
       SELECT * FROM (
           SELECT * FROM steps_known(%(as_of)s) k
            WHERE k.machine = r.machine AND k.counter = c.counter AND k.at >= greatest(r.from_at, least(r.to_at, %(to)s))
            ORDER BY k.at LIMIT 1) AS next
        WHERE next.bridged AND next.since < least(r.to_at, %(to)s)) AS s ON true
 WHERE r.operation = ANY(%(ids)s) AND CASE WHEN %(pending)s THEN NOT r.gone
            ELSE r.known_from <= coalesce(%(as_of)s::timestamptz, r.known_from)
                 AND (r.known_to IS NULL OR r.known_to > %(as_of)s::timestamptz) END
   AND (NOT r.machine = ANY(%(by_product)s)
        OR w.product = (SELECT p.product FROM product_in_force(r.machine, s.at, %(as_of)s) p))
   AND (NOT r.machine = ANY(%(by_tag)s)
        OR w.id = (SELECT shown FROM order_change c WHERE c.machine = r.machine AND c.at <= s.at ORDER BY c.at DESC LIMIT 1));

-- reports --
-- What people, scanners and the ERP say of operations, corrections added to what they correct; at whatever time: a
-- report after the end of a run means what was made in it.
SELECT q.operation, (extract(epoch FROM q.made_at) * 1000000)::bigint, q.kind,
       q.quantity + coalesce((SELECT sum(c.quantity) FROM production_quantity c WHERE c.corrects = q.id
          AND (%(pending)s OR c.known_from <= coalesce(%(as_of)s::timestamptz, c.known_from))), 0), q.reason, q.found_at IS NOT NULL
  FROM production_quantity q
 WHERE q.operation = ANY(%(ids)s) AND q.corrects IS NULL
   AND (%(pending)s OR q.known_from <= coalesce(%(as_of)s::timestamptz, q.known_from))
 ORDER BY q.made_at, q.id;

-- begun --
-- When an operation began, and its substate; held until the transaction ends.
SELECT begun_at, substate FROM operation WHERE id = %(id)s FOR SHARE;

-- add_quantity --
INSERT INTO production_quantity (id, operation, made_at, kind, quantity, source, reason, found_at, corrects, comment,
       person, client)
VALUES (%(id)s, %(operation)s, %(made_at)s, %(kind)s, %(quantity)s, %(source)s, %(reason)s, %(found_at)s, %(corrects)s,
        %(comment)s, %(person)s, %(client)s);

-- book_defect --
-- A decided defect as a quantity, once: its id is the defect's. Its code is its reason where that is one for scrap.
INSERT INTO production_quantity (id, operation, made_at, kind, quantity, source, reason, found_at, comment, person, client)
SELECT %(id)s, o.id, %(made_at)s, %(kind)s, %(quantity)s, 'operator',
       CASE WHEN %(kind)s = 'scrap' THEN coalesce((SELECT id FROM reason WHERE id = %(code)s AND kind = 'scrap'), 'defect') END,
       (SELECT id FROM operation f WHERE f.id = %(found_at)s AND f.id <> o.id), %(comment)s, %(person)s, %(client)s
  FROM operation o JOIN work_order w ON w.id = o.work_order
 WHERE o.id = %(operation)s AND (w.unit = %(unit)s OR (w.unit IN ('C62', 'H87') AND %(unit)s IN ('C62', 'H87')))
ON CONFLICT (id) DO NOTHING;

-- quantities --
-- The rows of an operation, the newest first.
SELECT id, operation, made_at, kind, quantity, source, reason, found_at, corrects, comment, person, client, at,
       known_from IS NOT NULL AS known
  FROM production_quantity WHERE (%(operation)s::uuid IS NULL OR operation = %(operation)s) AND (%(id)s::uuid IS NULL OR id = %(id)s)
 ORDER BY at DESC, id LIMIT %(most)s;

-- hold_quantity --
-- A row, held until the transaction ends. Only what is read after that has the corrections of whoever held it before.
SELECT FROM production_quantity WHERE id = %(id)s FOR UPDATE;

-- left_of --
-- What of a row that is held still stands.
SELECT q.operation, q.kind, q.reason, q.found_at, q.made_at, q.source, q.corrects,
       q.quantity + coalesce((SELECT sum(c.quantity) FROM production_quantity c WHERE c.corrects = q.id), 0)
  FROM production_quantity q WHERE q.id = %(id)s;

-- reason_kind --
SELECT kind, retired FROM reason WHERE id = %(id)s;

-- reasons --
SELECT id, kind, name_en, name_zh, parent, erp_code, retired, version FROM reason
 WHERE %(kind)s::text IS NULL OR kind = %(kind)s ORDER BY kind, id;

-- put_reason --
-- A new reason, or other words for it; its kind is for good.
INSERT INTO reason (id, kind, name_en, name_zh, parent, erp_code, retired)
VALUES (%(id)s, %(kind)s, %(name_en)s, %(name_zh)s, %(parent)s, %(erp_code)s, %(retired)s)
ON CONFLICT (id) DO UPDATE SET name_en = excluded.name_en, name_zh = excluded.name_zh, parent = excluded.parent,
       erp_code = excluded.erp_code, retired = excluded.retired, version = reason.version + 1
 WHERE reason.kind = excluded.kind
RETURNING version;

-- unassigned --
-- Parts of machines that no run has, in spans of an hour: what was counted less what is in runs.
SELECT s.machine, date_trunc('hour', s.at) AS hour, s.counter, sum(s.parts)::bigint, sum(s.most)::bigint, min(s.at), max(s.at)
  FROM steps_known(NULL) s
 WHERE s.machine = ANY(%(machines)s) AND s.counter = ANY(%(counters)s) AND s.at >= %(from)s AND s.at < %(to)s
   AND NOT EXISTS (
       SELECT FROM run r JOIN work_order w ON w.id = r.work_order
        WHERE r.machine = s.machine AND NOT r.gone AND r.known_from IS NOT NULL AND s.at >= r.from_at AND s.at < coalesce(r.to_at, 'infinity')
          AND (NOT r.machine = ANY(%(by_product)s)
               OR w.product = (SELECT p.product FROM product_in_force(r.machine, s.at, NULL) p))
          AND (NOT r.machine = ANY(%(by_tag)s)
               OR w.id = (SELECT shown FROM order_change c WHERE c.machine = r.machine AND c.at <= s.at ORDER BY c.at DESC LIMIT 1)))
 GROUP BY s.machine, hour, s.counter ORDER BY s.machine, hour, s.counter;
