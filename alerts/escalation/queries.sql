-- ways --
-- How persons want to be called for a priority.
SELECT n.holder, n.channel, n.address, n.after_us, n.quiet_from, n.quiet_to, p.language
  FROM notification_rule n JOIN person p ON p.number = n.holder
 WHERE n.ended_at IS NULL AND n.priority = %(priority)s ORDER BY n.written;

-- calling --
-- Alarms of some rules that call: unacknowledged, active, and not set aside; since the line of the journal that called.
SELECT a.id, a.rule, a.priority, (SELECT max(j.at) FROM alarm_journal j WHERE j.alarm = a.id AND j.event IN
       ('raised', 'raised_again', 'shelving_ended', 'unsuppressed', 'in_service'))
  FROM alarm a LEFT JOIN escalation_state e ON e.alarm = a.id
 WHERE a.condition = 'active_unacked' AND NOT a.quiet AND e.alarm IS NULL AND a.rule = ANY (%(rules)s);

-- still_open --
-- Alarms of some rules that are not over, the oldest first.
SELECT id FROM alarm WHERE condition <> 'normal' AND rule = ANY (%(rules)s) ORDER BY id;

-- begin --
INSERT INTO escalation_state (alarm, policy, since, round, step, next_at)
VALUES (%(alarm)s, %(policy)s, %(since)s, 0, 0, %(next_at)s) ON CONFLICT (alarm) DO NOTHING;

-- policy_came --
-- Alarms that waited for the policy of their rule begin anew.
DELETE FROM escalation_state e USING alarm a WHERE a.id = e.alarm AND e.waits AND a.rule = ANY (%(rules)s);

-- wait_for_policy --
UPDATE escalation_state SET next_at = NULL, waits = true WHERE alarm = %(alarm)s;

-- answered --
-- Alarms that call no more, each with the line of the journal that told so since they began to call.
DELETE FROM escalation_state e USING alarm a
 WHERE a.id = e.alarm AND (a.condition <> 'active_unacked' OR a.quiet)
RETURNING a.id, a.priority, e.since, (SELECT max(j.id) FROM alarm_journal j
                                       WHERE j.alarm = a.id AND j.event IN ('acknowledged', 'cleared')
                                         AND j.at >= e.since);

-- forget_due --
-- Nobody is to be called for these any more.
DELETE FROM notification_due WHERE alarm = ANY (%(alarms)s);

-- called --
-- The persons who were called for an alarm since then, each where they were.
SELECT DISTINCT ON (person, channel) person, channel, address, language FROM delivery d JOIN alarm_journal j ON j.id = d.journal
 WHERE j.alarm = %(alarm)s AND j.at >= %(since)s AND d.person IS NOT NULL ORDER BY person, channel, d.id;

-- due_steps --
-- The steps that are due.
SELECT e.alarm, e.policy, e.round, e.step, a.rule, a.priority FROM escalation_state e JOIN alarm a ON a.id = e.alarm
 WHERE e.next_at <= %(at)s ORDER BY e.next_at, e.alarm;

-- move --
UPDATE escalation_state SET round = %(round)s, step = %(step)s, next_at = %(next_at)s WHERE alarm = %(alarm)s;

-- stay --
-- All steps are done; it is still known that the alarm has called.
UPDATE escalation_state SET next_at = NULL WHERE alarm = %(alarm)s;

-- add_journal --
INSERT INTO alarm_journal (alarm, event, at, comment, detail)
VALUES (%(alarm)s, %(event)s, %(at)s, %(comment)s, %(detail)s) RETURNING id;

-- add_due --
INSERT INTO notification_due (journal, alarm, person, channel, address, language, due_at)
VALUES (%(journal)s, %(alarm)s, %(person)s, %(channel)s, %(address)s, %(language)s, %(due_at)s)
ON CONFLICT DO NOTHING;

-- take_due --
-- Those whose delay or quiet time is over.
DELETE FROM notification_due n USING alarm a WHERE a.id = n.alarm AND n.due_at <= %(at)s
RETURNING n.journal, n.person, n.channel, n.address, n.language, a.priority;

-- on_call_now --
SELECT roster, person FROM on_call_history WHERE to_at IS NULL;

-- comes --
INSERT INTO on_call_history (roster, person, from_at) VALUES (%(roster)s, %(person)s, %(at)s) ON CONFLICT DO NOTHING;

-- goes --
UPDATE on_call_history SET to_at = %(at)s WHERE roster = %(roster)s AND person = %(person)s AND to_at IS NULL;
