-- stand_alone --
-- Changes follow each other: held until the transaction ends, so that whatever is written later has a later instant.
SELECT pg_advisory_xact_lock(hashtextextended('shopfloor-quality', 0));

-- stand --
-- Waits for the change that is being made: its rows can be read from then on.
SELECT pg_advisory_xact_lock_shared(hashtextextended('shopfloor-quality', 0));

-- now --
-- The instant.
SELECT clock_timestamp();

-- known_subject --
-- Whether there is such an order or operation.
SELECT CASE %(kind)s WHEN 'order' THEN EXISTS (SELECT FROM work_order WHERE id = %(subject)s)
                     ELSE EXISTS (SELECT FROM operation WHERE id::text = %(subject)s) END;

-- add_plan --
-- A plan, as a draft.
INSERT INTO inspection_plan (id, name, product, product_version, step, machine, trigger, every_parts, every_us, tag,
                             person, client, at)
VALUES (%(id)s, %(name)s, %(product)s, %(product_version)s, %(step)s, %(machine)s, %(trigger)s, %(every_parts)s,
        %(every_us)s, %(tag)s, %(person)s, %(client)s, %(at)s);

-- add_characteristic --
-- A characteristic of a new plan.
INSERT INTO characteristic (id, plan, place, name, kind, unit, nominal, lsl, usl, accept, chart, subgroup_size, rules, tag,
                            tag_every_s)
VALUES (%(id)s, %(plan)s, %(place)s, %(name)s, %(kind)s, %(unit)s, %(nominal)s, %(lsl)s, %(usl)s, %(accept)s, %(chart)s,
        %(subgroup_size)s, %(rules)s, %(tag)s, %(tag_every_s)s);

-- plans --
-- Plans, the newest first.
SELECT id, name, product, product_version, step, machine, trigger, every_parts, every_us / 1000000 AS every_s, tag,
       CASE WHEN retired_at IS NOT NULL THEN 'retired' WHEN released_at IS NOT NULL THEN 'released' ELSE 'draft' END AS state,
       released_at, retired_at, version, person, client, at, written
  FROM inspection_plan
 WHERE (%(id)s::uuid IS NULL OR id = %(id)s)
   AND (%(product)s::text IS NULL OR product = %(product)s)
   AND (%(before)s::bigint IS NULL OR written < %(before)s)
   AND (NOT %(followed)s OR (released_at IS NOT NULL AND retired_at IS NULL))
 ORDER BY written DESC LIMIT %(limit)s;

-- characteristics --
-- The characteristics of plans in their order.
SELECT id, plan, name, kind, unit, chart, subgroup_size, nominal, lsl, usl, accept, rules, tag, tag_every_s
  FROM characteristic WHERE plan = ANY(%(plans)s) ORDER BY plan, place;

-- plan_of_characteristic --
-- To which plan a characteristic belongs; no row when there is none.
SELECT plan FROM characteristic WHERE id = %(id)s;

-- release_plan --
-- A draft is followed from now on.
UPDATE inspection_plan SET released_at = %(at)s, version = version + 1
 WHERE id = %(id)s AND released_at IS NULL AND retired_at IS NULL;

-- retire_plan --
-- A plan is not followed any more.
UPDATE inspection_plan SET retired_at = %(at)s, version = version + 1 WHERE id = %(id)s AND retired_at IS NULL;

-- add_inspection --
-- An inspection.
INSERT INTO inspection (id, plan, machine, operation, work_order, lot, serial, taken_at, person, client, at)
VALUES (%(id)s, %(plan)s, %(machine)s, %(operation)s, %(order)s, %(lot)s, %(serial)s, coalesce(%(taken_at)s, %(at)s),
        %(person)s, %(client)s, %(at)s);

-- add_result --
-- A result; one that corrects another takes its place.
INSERT INTO inspection_result (id, inspection, characteristic, piece, value, nonconforming, counted, corrects, why,
                               person, client, at)
VALUES (%(id)s, %(inspection)s, %(characteristic)s, %(piece)s, %(value)s, %(nonconforming)s, %(of)s, %(corrects)s,
        %(why)s, %(person)s, %(client)s, %(at)s);

-- inspections --
-- Inspections, the newest first.
SELECT i.id, i.plan, p.name AS plan_name, i.machine, i.operation, i.work_order AS order, i.lot, i.serial, i.taken_at,
       i.person, i.client, i.at, i.written
  FROM inspection i JOIN inspection_plan p ON p.id = i.plan
 WHERE (%(id)s::uuid IS NULL OR i.id = %(id)s)
   AND (%(plan)s::uuid IS NULL OR i.plan = %(plan)s)
   AND (%(operation)s::uuid IS NULL OR i.operation = %(operation)s)
   AND (%(before)s::bigint IS NULL OR i.written < %(before)s)
 ORDER BY i.written DESC LIMIT %(limit)s;

-- results --
-- The results of inspections as they hold now.
SELECT id, inspection, characteristic, piece, value, nonconforming, counted AS of, corrected
  FROM results_known(NULL) WHERE inspection = ANY(%(inspections)s);

-- followed --
-- Released plans with the machines on which they are followed, and since when: product and release; the last inspection.
-- A plan that names no machine is followed where its product is in force; one that names a machine without a product
-- tag is followed there always. product_known is false where the machine's product is not known at this moment.
SELECT p.id, p.name, p.product, p.trigger, p.every_parts, p.every_us, p.tag, m.machine,
       NOT m.tagged OR f.product IS NOT NULL AS product_known,
       greatest(p.released_at, CASE WHEN m.tagged THEN f.at END) AS start_at,
       (SELECT max(i.taken_at) FROM inspection i WHERE i.plan = p.id AND i.machine = m.machine) AS taken_at
  FROM inspection_plan p
  JOIN unnest(%(machines)s::text[], %(tagged)s::bool[]) AS m(machine, tagged)
    ON p.machine = m.machine OR (p.machine IS NULL AND m.tagged)
  LEFT JOIN LATERAL product_in_force(m.machine, %(now)s, NULL) f ON true
 WHERE p.released_at IS NOT NULL AND p.retired_at IS NULL AND p.trigger = ANY(%(triggers)s)
   AND (f.product = p.product OR (p.machine IS NOT NULL AND (NOT m.tagged OR f.product IS NULL)))
 ORDER BY p.name, p.id, m.machine;

-- parts_since --
-- Parts of a machine since an instant, told by the first so many steps: for certain, at most, when the first was, when
-- so many were, and whether there are more steps than were asked for.
SELECT coalesce(max(low), 0)::bigint, coalesce(sum(most), 0)::bigint, min(at) FILTER (WHERE low > 0),
       min(at) FILTER (WHERE low >= %(wanted)s), count(*) >= %(steps)s
  FROM (SELECT at, most, sum(CASE WHEN since >= %(base)s THEN parts ELSE 0 END) OVER (ORDER BY at, counter) AS low
          FROM (SELECT at, counter, since, parts, most FROM count_step
                 WHERE machine = %(machine)s AND counter = ANY(%(counters)s) AND at > %(base)s AND at <= %(now)s
                 ORDER BY at LIMIT %(steps)s) AS first) AS told;

-- asked_since --
-- When a tag first became other than 0 after an instant; NULL while it has not.
SELECT min(at) FROM (
    SELECT s.at, s.value, lag(s.value) OVER (ORDER BY s.at) AS before
      FROM sample s JOIN series n ON n.series = s.series AND n.machine = %(machine)s AND n.tag = %(tag)s
     WHERE s.quality < 4 AND s.value IS NOT NULL AND s.at <= %(now)s
       AND s.at >= coalesce((SELECT b.at FROM sample b WHERE b.series = n.series AND b.at <= %(base)s
                                AND b.quality < 4 AND b.value IS NOT NULL ORDER BY b.at DESC LIMIT 1), %(base)s)) AS told
 WHERE at > %(base)s AND value <> 0 AND coalesce(before, 0) = 0;

-- subgroups --
-- The subgroups of a characteristic in a span as they were known at an instant: the newest so many, in their order. What
-- is missing has no row in results; an inspection without any result of it is a subgroup of which all is missing.
SELECT i.id, i.taken_at, r.piece, r.value, r.nonconforming, r.counted
  FROM (SELECT i.id, i.taken_at, i.written FROM inspection i
         WHERE i.plan = %(plan)s AND i.taken_at >= %(from)s AND i.taken_at < %(to)s AND i.at <= %(as_of)s
           AND (%(machine)s::text IS NULL OR i.machine = %(machine)s)
         ORDER BY i.taken_at DESC, i.written DESC LIMIT %(limit)s) AS i
  LEFT JOIN results_known(%(as_of)s) r ON r.inspection = i.id AND r.characteristic = %(characteristic)s
 ORDER BY i.taken_at, i.written, r.piece;

-- tag_values --
-- What a tag said at some instants: its newest sample that was not too old then; NULL for BAD or none. By what had come
-- until an instant, or (NULL) by all that has.
SELECT s.value
  FROM unnest(%(instants)s::timestamptz[]) WITH ORDINALITY AS i(at, n)
  LEFT JOIN series t ON t.machine = %(machine)s AND t.tag = %(tag)s
  LEFT JOIN LATERAL (
       SELECT s.value FROM sample s
        WHERE s.series = t.series AND s.at <= i.at AND s.at > i.at - %(age)s::interval AND s.quality & 4 = 0
          AND (%(as_of)s::timestamptz IS NULL
               OR EXISTS (SELECT FROM frame f JOIN node d ON d.node = f.node
                           WHERE d.number = s.node AND f.epoch = s.epoch AND f.seq = s.seq AND f.ingested_at <= %(as_of)s))
        ORDER BY s.at DESC LIMIT 1) AS s ON true
 ORDER BY i.n;

-- add_limits --
-- Frozen limits.
INSERT INTO control_limit (id, characteristic, machine, name, from_at, to_at, centre, sigma, subgroups, missing, person, client, at)
VALUES (%(id)s, %(characteristic)s, %(machine)s, %(name)s, %(from)s, %(to)s, %(centre)s, %(sigma)s, %(subgroups)s, %(missing)s,
        %(person)s, %(client)s, %(at)s);

-- limits --
-- The limits of a characteristic that held at an instant; no row for none.
SELECT id, name, from_at, to_at, centre, sigma, subgroups, missing, person, client, at
  FROM control_limit
 WHERE characteristic = %(characteristic)s AND machine IS NOT DISTINCT FROM %(machine)s AND at <= %(as_of)s
 ORDER BY at DESC LIMIT 1;

-- add_defect --
-- A defect.
INSERT INTO defect (id, code, quantity, unit, found_at, made_at, machine, operation, caused_by, work_order, lot, serial,
                    inspection, comment, person, client, at)
VALUES (%(id)s, %(code)s, %(quantity)s, %(unit)s, coalesce(%(found_at)s, %(at)s), %(made_at)s, %(machine)s, %(operation)s,
        %(caused_by)s, %(order)s, %(lot)s, %(serial)s, %(inspection)s, %(comment)s, %(person)s, %(client)s, %(at)s);

-- add_disposition --
-- What becomes of a defect; no row where that was decided before.
INSERT INTO defect_disposition (defect, disposition, why, person, client, at)
VALUES (%(defect)s, %(disposition)s, %(why)s, %(person)s, %(client)s, %(at)s)
ON CONFLICT (defect) DO NOTHING RETURNING defect;

-- defects --
-- Defects, the newest first.
SELECT d.id, d.code, d.quantity, d.unit, x.disposition, x.at AS disposition_at,
       nullif(concat_ws(': ', x.client, x.person), '') AS disposition_by, d.found_at, d.made_at, d.machine, d.operation, d.caused_by,
       d.work_order AS order, d.lot, d.serial, d.inspection, d.comment, d.person, d.client, d.at, d.written
  FROM defect d LEFT JOIN defect_disposition x ON x.defect = d.id
 WHERE (%(id)s::uuid IS NULL OR d.id = %(id)s)
   AND (%(open)s::boolean IS NULL OR (x.defect IS NULL) = %(open)s)
   AND (%(before)s::bigint IS NULL OR d.written < %(before)s)
 ORDER BY d.written DESC LIMIT %(limit)s;

-- decided_defects --
-- Defects of operations, or of one, that were decided to be scrap or rework since an instant, the oldest decision first.
SELECT d.id, d.code, d.quantity, d.unit, x.disposition, d.found_at, d.made_at, d.operation, d.caused_by, d.comment,
       x.person, x.client
  FROM defect d JOIN defect_disposition x ON x.defect = d.id
 WHERE (%(since)s::timestamptz IS NULL OR x.at >= %(since)s) AND x.disposition IN ('scrap', 'rework') AND coalesce(d.caused_by, d.operation) IS NOT NULL
   AND (%(made_by)s::uuid IS NULL OR coalesce(d.caused_by, d.operation) = %(made_by)s)
 ORDER BY x.at, d.id;

-- add_hold --
-- A hold.
INSERT INTO hold (id, kind, subject, product, reason, person, client, at)
VALUES (%(id)s, %(kind)s, %(subject)s, %(product)s, %(reason)s, %(person)s, %(client)s, %(at)s);

-- release_hold --
-- A hold ends; no row where it has ended before.
INSERT INTO hold_release (hold, disposition, why, person, client, at)
VALUES (%(hold)s, %(disposition)s, %(why)s, %(person)s, %(client)s, %(at)s)
ON CONFLICT (hold) DO NOTHING RETURNING hold;

-- holds --
-- Holds, the newest first.
SELECT h.id, h.kind, h.subject, h.product, h.reason, h.person, h.client, h.at, r.at AS released_at,
       nullif(concat_ws(': ', r.client, r.person), '') AS released_by, r.disposition, r.why AS release_why, h.written
  FROM hold h LEFT JOIN hold_release r ON r.hold = h.id
 WHERE (%(id)s::uuid IS NULL OR h.id = %(id)s)
   AND (%(open)s::boolean IS NULL OR (r.hold IS NULL) = %(open)s)
   AND (%(before)s::bigint IS NULL OR h.written < %(before)s)
 ORDER BY h.written DESC LIMIT %(limit)s;

-- open_holds --
-- The holds that hold any of some subjects.
SELECT h.id, h.kind, h.subject, h.reason
  FROM unnest(%(kinds)s::text[], %(subjects)s::text[]) AS asked(kind, subject)
  JOIN hold h USING (kind, subject)
 WHERE NOT EXISTS (SELECT FROM hold_release r WHERE r.hold = h.id)
 ORDER BY h.written;
