-- requests --
-- What people have asked for that is still to be done, in their order; a request is for the latest raise before it.
SELECT r.id, a.rule, a.subject, r.by, r.comment
  FROM alarm a JOIN alarm_request r ON r.alarm = a.id
 WHERE a.condition IN ('active_unacked', 'cleared_unacked') AND r.action = 'acknowledge'
   AND NOT EXISTS (SELECT FROM alarm_journal j WHERE j.request = r.id)
   AND r.at > (SELECT max(j.at) FROM alarm_journal j WHERE j.alarm = a.id AND j.event IN ('raised', 'raised_again'))
 ORDER BY r.id;

-- open_alarms --
-- The alarms that are not over.
SELECT id, rule, subject, condition, priority FROM alarm WHERE condition <> 'normal';

-- add_alarm --
-- A new alarm.
INSERT INTO alarm (rule, subject, machine, priority, condition, text_en, text_zh, raised_at)
VALUES (%(rule)s, %(subject)s, %(machine)s, %(priority)s, %(condition)s, %(en)s, %(zh)s, %(at)s)
RETURNING id;

-- raise_again --
-- An alarm that had cleared and was not acknowledged is active again.
UPDATE alarm SET condition = %(condition)s, text_en = %(en)s, text_zh = %(zh)s, cleared_at = NULL
 WHERE id = %(alarm)s;

-- clear --
-- The rule of an alarm holds no more.
UPDATE alarm SET condition = %(condition)s, cleared_at = %(at)s WHERE id = %(alarm)s;

-- acknowledge --
-- Somebody takes care of an alarm.
UPDATE alarm SET condition = %(condition)s, acked_at = %(at)s, acked_by = %(by)s WHERE id = %(alarm)s;

-- add_journal --
-- What happened to an alarm.
INSERT INTO alarm_journal (alarm, event, at, by, comment, request)
VALUES (%(alarm)s, %(event)s, %(at)s, %(by)s, %(comment)s, %(request)s)
RETURNING id;

-- notify --
-- Wakes whoever shows alarms or sends them, after the commit.
SELECT pg_notify('shopfloor_alarms', '');
