-- lock_product --
-- Whoever changes a product or its versions waits for whoever does so already.
SELECT pg_advisory_xact_lock(hashtextextended('product:' || %(number)s, 0));

-- put_product --
-- A new product, or the same with other words; false where it was there.
INSERT INTO product (number, name_en, name_zh, base_unit, tracking, retired, person, client)
VALUES (%(number)s, %(name_en)s, %(name_zh)s, %(base_unit)s, %(tracking)s, %(retired)s, %(person)s, %(client)s)
ON CONFLICT (number) DO UPDATE SET name_en = excluded.name_en, name_zh = excluded.name_zh, base_unit = excluded.base_unit,
       tracking = excluded.tracking, retired = excluded.retired, person = excluded.person, client = excluded.client,
       at = clock_timestamp(), version = product.version + 1;

-- forget_units --
DELETE FROM product_unit WHERE product = %(number)s;

-- add_unit --
INSERT INTO product_unit (product, unit, numerator, denominator)
VALUES (%(number)s, %(unit)s, %(numerator)s, %(denominator)s);

-- product_used --
SELECT EXISTS (SELECT FROM work_order WHERE product = %(number)s);

-- products --
-- Products with their units in the order in which they were made.
SELECT p.written, p.number, p.name_en, p.name_zh, p.base_unit, p.tracking, p.retired, p.version, p.person, p.client, p.at,
       coalesce((SELECT jsonb_agg(jsonb_build_object('unit', u.unit, 'numerator', u.numerator, 'denominator', u.denominator)
                                  ORDER BY u.unit)
                   FROM product_unit u WHERE u.product = p.number), '[]') AS units
  FROM product p
 WHERE (%(number)s::text IS NULL OR p.number = %(number)s) AND p.written > %(after)s
 ORDER BY p.written LIMIT %(limit)s;

-- product_names --
SELECT number, name_en, name_zh FROM product WHERE number = ANY(%(numbers)s);

-- product_numbers --
-- Which of some numbers are in the table.
SELECT number FROM product WHERE number = ANY(%(numbers)s);

-- add_version --
INSERT INTO product_version (id, product, label, valid_from, valid_to, person, client)
VALUES (%(id)s, %(product)s, %(label)s, %(valid_from)s, %(valid_to)s, %(person)s, %(client)s);

-- change_version --
UPDATE product_version SET label = %(label)s, valid_from = %(valid_from)s, valid_to = %(valid_to)s, person = %(person)s,
       client = %(client)s, at = clock_timestamp(), version = version + 1
 WHERE id = %(id)s AND state = 'draft';

-- put_version_state --
UPDATE product_version SET state = %(state)s, person = %(person)s, client = %(client)s, at = clock_timestamp(),
       version = version + 1
 WHERE id = %(id)s;

-- touch_version --
UPDATE product_version SET version = version + 1 WHERE id = %(id)s;

-- version_with_label --
SELECT id FROM product_version WHERE product = %(product)s AND label = %(label)s;

-- version_beside --
-- A released version of the product that holds at an instant at which this one would.
SELECT o.label FROM product_version v JOIN product_version o ON o.product = v.product AND o.id <> v.id
   AND o.state = 'released' AND tstzrange(o.valid_from, o.valid_to) && tstzrange(v.valid_from, v.valid_to)
 WHERE v.id = %(id)s ORDER BY o.written LIMIT 1;

-- forget_routing --
DELETE FROM routing_operation WHERE product_version = %(id)s;

-- add_step --
INSERT INTO routing_operation (product_version, step, machines, lines, ideal_cycle_us, standard_us, setup_us, setup_family,
       units_per_count, count_source)
VALUES (%(id)s, %(step)s, %(machines)s, %(lines)s, %(ideal_cycle_us)s, %(standard_us)s, %(setup_us)s, %(setup_family)s,
        %(units_per_count)s, %(count_source)s);

-- versions --
-- Versions with their steps and documents, the newest first.
SELECT v.written, v.id, v.product, v.label, v.state, v.valid_from, v.valid_to, v.version, v.person, v.client, v.at,
       coalesce((SELECT jsonb_agg(jsonb_build_object(
                     'step', r.step, 'machines', r.machines, 'lines', r.lines, 'ideal_cycle_us', r.ideal_cycle_us,
                     'standard_us', r.standard_us, 'setup_us', r.setup_us, 'setup_family', r.setup_family,
                     'units_per_count', r.units_per_count::text, 'count_source', r.count_source) ORDER BY r.step)
                   FROM routing_operation r WHERE r.product_version = v.id), '[]') AS routing,
       coalesce((SELECT jsonb_agg(jsonb_build_object(
                     'name', d.name, 'sha256', d.sha256, 'media_type', d.media_type,
                     'size', (SELECT octet_length(c.bytes) FROM document c WHERE c.sha256 = d.sha256)) ORDER BY d.name)
                   FROM product_version_document d WHERE d.product_version = v.id), '[]') AS documents
  FROM product_version v
 WHERE (%(id)s::uuid IS NULL OR v.id = %(id)s) AND (%(product)s::text IS NULL OR v.product = %(product)s)
   AND (%(before)s::bigint IS NULL OR v.written < %(before)s)
 ORDER BY v.written DESC LIMIT %(limit)s;

-- put_document --
INSERT INTO document (sha256, bytes, person, client) VALUES (%(sha256)s, %(bytes)s, %(person)s, %(client)s)
ON CONFLICT (sha256) DO NOTHING;

-- attach_document --
INSERT INTO product_version_document (product_version, name, sha256, media_type, person, client)
VALUES (%(id)s, %(name)s, %(sha256)s, %(media_type)s, %(person)s, %(client)s)
ON CONFLICT (product_version, name) DO UPDATE SET sha256 = excluded.sha256, media_type = excluded.media_type,
       person = excluded.person, client = excluded.client, at = clock_timestamp();

-- document --
SELECT d.name, d.media_type, c.bytes FROM product_version_document d JOIN document c ON c.sha256 = d.sha256
 WHERE d.product_version = %(id)s AND d.sha256 = %(sha256)s ORDER BY d.name LIMIT 1;

-- ordered --
-- What an order's product says of it: its units and whether it is retired; NULL where the table has no such product. The
-- version in force now, and its steps.
SELECT p.base_unit, p.retired,
       (SELECT array_agg(ARRAY[u.unit, u.numerator::text, u.denominator::text]) FROM product_unit u WHERE u.product = p.number),
       v.id, v.label,
       (SELECT jsonb_agg(jsonb_build_array(r.step, r.machines, r.lines) ORDER BY r.step)
          FROM routing_operation r WHERE r.product_version = v.id)
  FROM product p
  LEFT JOIN product_version v ON v.product = p.number AND v.state = 'released'
   AND tstzrange(v.valid_from, v.valid_to) @> clock_timestamp()
 WHERE p.number = %(product)s;

-- drop_operations --
-- Operations that nothing was ever asked of.
DELETE FROM operation o WHERE o.id = ANY(%(ids)s) AND NOT EXISTS (SELECT FROM transition t WHERE t.operation = o.id);

-- method_parts --
-- What release copies into an operation: of the version whose step it is. in_force: the product's version now;
-- bound: whether a step of the order has a method already, so that its version stays.
SELECT w.product, v.id, v.label, r.ideal_cycle_us, r.standard_us, r.setup_us, r.setup_family,
       coalesce(r.units_per_count, 1), coalesce(r.count_source, 'counter'),
       (SELECT jsonb_agg(jsonb_build_object('name', d.name, 'sha256', d.sha256, 'media_type', d.media_type) ORDER BY d.name)
          FROM product_version_document d WHERE d.product_version = v.id),
       (SELECT f.id FROM product_version f WHERE f.product = w.product AND f.state = 'released'
           AND tstzrange(f.valid_from, f.valid_to) @> clock_timestamp()),
       EXISTS (SELECT FROM operation s WHERE s.work_order = w.id AND s.method IS NOT NULL AND NOT s.hidden),
       o.method IS NOT NULL
  FROM operation o JOIN work_order w ON w.id = o.work_order
  LEFT JOIN product_version v ON v.id = w.product_version
  LEFT JOIN routing_operation r ON r.product_version = v.id AND r.step = o.step
 WHERE o.id = %(id)s;

-- copy_method --
UPDATE operation SET method = %(method)s, method_hash = %(hash)s WHERE id = %(id)s;

-- lock_batch --
SELECT pg_advisory_xact_lock(hashtextextended('orders in bulk', 0));
