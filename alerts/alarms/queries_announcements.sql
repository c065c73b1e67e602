-- announce_later --
-- A line of the journal that is to be told with others.
INSERT INTO announcement (journal, alarm, rule, subject, event, high, channels, machine_group, together, due_at)
VALUES (%(journal)s, %(alarm)s, %(rule)s, %(subject)s, %(event)s, %(high)s, %(channels)s, %(group)s, %(together)s,
        %(due)s);

-- due_announcements --
-- What is to be told now, with all that goes with it; of an alarm whose earlier line waits elsewhere that one first.
SELECT a.together, a.journal, a.alarm, a.rule, a.subject, a.event, a.high, a.channels, a.machine_group
  FROM announcement a
 WHERE a.together IN (SELECT together FROM announcement WHERE due_at <= %(at)s)
   AND NOT EXISTS (SELECT FROM announcement b
                    WHERE b.alarm = a.alarm AND b.journal < a.journal AND b.together <> a.together)
 ORDER BY min(a.journal) OVER (PARTITION BY a.together), a.journal;

-- announced --
-- It has been told.
DELETE FROM announcement WHERE journal = ANY (%(journals)s);

-- not_told --
-- What came and went before it was known to chatter.
DELETE FROM announcement WHERE rule = %(rule)s AND subject = %(subject)s;

-- texts --
-- What some alarms say.
SELECT id, text_en, text_zh FROM alarm WHERE id = ANY (%(alarms)s) ORDER BY id;

-- put_also --
-- What is to be read after an alarm's text.
UPDATE alarm SET also_en = %(en)s, also_zh = %(zh)s WHERE id = %(alarm)s;

-- put_told_with --
-- In whose message these lines of the journal stand.
UPDATE alarm_journal SET told_with = %(lead)s WHERE id = ANY (%(journals)s);

-- following --
-- What follows from an alarm now.
SELECT id FROM alarm WHERE root = %(alarm)s AND suppressed AND active ORDER BY id;

-- recent_raises --
-- What was raised lately, to go on after a restart where it ended.
SELECT a.rule, a.subject, j.at FROM alarm_journal j JOIN alarm a ON a.id = j.alarm
 WHERE j.at > %(since)s AND j.event IN ('raised', 'raised_again') AND NOT a.suppressed ORDER BY j.id;

-- chattering --
-- What was told to be chattering, and has not calmed down since.
SELECT a.rule, a.subject, max(j.at) FROM alarm_journal j JOIN alarm a ON a.id = j.alarm
 WHERE j.event IN ('chattering', 'calm') AND j.at > %(since)s
 GROUP BY a.rule, a.subject
HAVING (array_agg(j.event ORDER BY j.id DESC))[1] = 'chattering';

-- released --
-- What follows from an alarm that has been gone for a while.
SELECT a.rule, a.subject FROM alarm a JOIN alarm r ON r.id = a.root
 WHERE a.suppressed AND a.condition <> 'normal' AND NOT r.active AND r.cleared_at <= %(before)s;

-- stale --
-- What has stood for a day, and was not yet said to.
SELECT a.rule, a.subject FROM alarm a
 WHERE a.active AND a.condition <> 'normal'
   AND (SELECT max(j.at) FROM alarm_journal j
         WHERE j.alarm = a.id AND j.event IN ('raised', 'raised_again')) <= %(before)s
   AND NOT EXISTS (SELECT FROM alarm_journal j WHERE j.alarm = a.id AND j.event = 'stale' AND j.at > %(before)s);
