-- requests --
-- What people have asked for that is still to be done, in their order, and whether the alarm was raised again since.
SELECT r.id, a.rule, a.subject, a.id, r.by, r.comment, r.action, r.lasts_us,
       r.at <= (SELECT max(j.at) FROM alarm_journal j WHERE j.alarm = a.id AND j.event IN ('raised', 'raised_again'))
  FROM alarm_request r JOIN alarm a ON a.id = r.alarm
 WHERE r.action <> 'comment' AND NOT EXISTS (SELECT FROM alarm_request_outcome o WHERE o.request = r.id)
 ORDER BY r.id;

-- put_outcome --
-- What became of a request.
INSERT INTO alarm_request_outcome (request, at, outcome) VALUES (%(request)s, %(at)s, %(outcome)s);

-- open_alarms --
-- The alarms that are not over.
SELECT id, rule, subject, priority, machine, raised_at, root, active, acked, confirmed, latched, suppressed, announced
  FROM alarm WHERE condition <> 'normal';

-- shelved --
-- What is shelved.
SELECT rule, subject, alarm, until IS NOT NULL FROM shelving;

-- taken_out --
-- What is out of service.
SELECT rule, subject, alarm FROM out_of_service;

-- due_shelvings --
-- What has been shelved for long enough.
SELECT rule, subject FROM shelving WHERE until <= %(at)s ORDER BY until, rule, subject;

-- add_alarm --
-- A new alarm.
INSERT INTO alarm (rule, rule_version, subject, machine, priority, text_en, text_zh, raised_at, root,
                   active, acked, confirmed, latched, shelving, suppressed, out_of_service, announced)
VALUES (%(rule)s, %(version)s, %(subject)s, %(machine)s, %(priority)s, %(en)s, %(zh)s, %(at)s, %(root)s,
        %(active)s, %(acked)s, %(confirmed)s, %(latched)s, %(shelving)s, %(suppressed)s, %(out_of_service)s,
        %(announced)s)
RETURNING id;

-- put_status --
-- The sub-states of an alarm; of one that is raised again also its text.
UPDATE alarm
   SET active = %(active)s, acked = %(acked)s, confirmed = %(confirmed)s, latched = %(latched)s,
       shelving = %(shelving)s, suppressed = %(suppressed)s, out_of_service = %(out_of_service)s,
       announced = %(announced)s, root = %(root)s,
       rule_version = CASE WHEN %(en)s::text IS NULL THEN rule_version ELSE %(version)s END,
       text_en = coalesce(%(en)s, text_en), text_zh = coalesce(%(zh)s, text_zh),
       also_en = CASE WHEN %(en)s::text IS NULL THEN also_en ELSE '' END,
       also_zh = CASE WHEN %(zh)s::text IS NULL THEN also_zh ELSE '' END,
       cleared_at = CASE WHEN %(cleared)s THEN %(at)s WHEN %(active)s THEN NULL ELSE cleared_at END,
       acked_at = CASE WHEN %(acknowledged)s THEN %(at)s ELSE acked_at END,
       acked_by = CASE WHEN %(acknowledged)s THEN %(by)s ELSE acked_by END
 WHERE id = %(alarm)s;

-- shelve --
-- Nobody is called for this rule and subject until then; NULL: until the alarm returns to normal.
INSERT INTO shelving (rule, subject, alarm, since, until, by, comment)
VALUES (%(rule)s, %(subject)s, %(alarm)s, %(at)s, %(until)s, %(by)s, %(comment)s)
ON CONFLICT (rule, subject) DO UPDATE
   SET alarm = excluded.alarm, since = excluded.since, until = excluded.until, by = excluded.by,
       comment = excluded.comment;

-- unshelve --
-- The shelving is over.
DELETE FROM shelving WHERE rule = %(rule)s AND subject = %(subject)s;

-- take_out --
-- Out of service until somebody ends it.
INSERT INTO out_of_service (rule, subject, alarm, since, by, comment)
VALUES (%(rule)s, %(subject)s, %(alarm)s, %(at)s, %(by)s, %(comment)s);

-- put_back --
-- In service again.
DELETE FROM out_of_service WHERE rule = %(rule)s AND subject = %(subject)s;

-- add_journal --
-- What happened to an alarm.
INSERT INTO alarm_journal (alarm, event, at, by, comment, request, detail)
VALUES (%(alarm)s, %(event)s, %(at)s, %(by)s, %(comment)s, %(request)s, %(detail)s)
RETURNING id;

-- notify --
-- Wakes whoever shows alarms or sends them, after the commit.
SELECT pg_notify('shopfloor_alarms', '');
