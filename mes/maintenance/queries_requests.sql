-- hold_requests --
-- Only one opens and closes.
SELECT pg_advisory_xact_lock(hashtextextended('shopfloor-maintenance-requests', 0));

-- to_open --
-- Alarms of some rules that stand, call somebody and follow from no other, and have no request since they were raised.
SELECT a.id, coalesce(a.machine, ''), a.priority, a.text_en, a.text_zh
  FROM alarm a
 WHERE a.condition <> 'normal' AND a.active AND NOT a.quiet AND a.rule = ANY (%(rules)s)
   AND NOT EXISTS (SELECT FROM maintenance_request r WHERE r.alarm = a.id
        AND (r.closed_at IS NULL OR r.closed_at >= (
             SELECT max(j.at) FROM alarm_journal j WHERE j.alarm = a.id AND j.event IN ('raised', 'raised_again'))))
 ORDER BY a.id LIMIT 500;

-- to_close --
-- Open requests whose alarm is over, or turned out to follow from another.
SELECT r.id, CASE WHEN a.condition = 'normal' THEN 'alarm_over' ELSE 'alarm_follows' END
  FROM maintenance_request r JOIN alarm a ON a.id = r.alarm
 WHERE r.closed_at IS NULL AND (a.condition = 'normal' OR a.suppressed) ORDER BY r.written LIMIT 500;

-- open_request --
-- A request; no row where one is open already.
INSERT INTO maintenance_request (id, alarm, counter, machine, priority, text_en, text_zh, opened_at)
VALUES (%(id)s, %(alarm)s, %(counter)s, nullif(%(machine)s, ''), %(priority)s, %(en)s, %(zh)s, now())
ON CONFLICT DO NOTHING RETURNING id;

-- close_request --
-- It is done; no row where it was closed before.
UPDATE maintenance_request
   SET closed_at = now(), closed_by = %(by)s, closed_client = %(client)s, closed_because = %(because)s,
       comment = %(comment)s
 WHERE id = %(id)s AND closed_at IS NULL RETURNING id;

-- open_of_counter --
-- The open request of a counter.
SELECT id FROM maintenance_request WHERE counter = %(counter)s AND closed_at IS NULL;

-- name_request --
-- The number by which another system knows it.
UPDATE maintenance_request SET external_number = %(number)s WHERE id = %(id)s RETURNING id;

-- requests --
-- Requests, the newest first.
SELECT id, alarm, counter, machine, priority, text_en, text_zh, external_number, opened_at, closed_at, closed_by,
       closed_because, comment, written
  FROM maintenance_request
 WHERE (%(id)s::uuid IS NULL OR id = %(id)s) AND (%(open)s::boolean IS NULL OR (closed_at IS NULL) = %(open)s)
   AND (%(alarm)s::bigint IS NULL OR alarm = %(alarm)s) AND (%(before)s::bigint IS NULL OR written < %(before)s)
 ORDER BY written DESC LIMIT %(limit)s;
