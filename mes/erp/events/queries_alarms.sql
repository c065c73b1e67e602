-- hold_alarms --
-- Only one tells; whether it is the first time.
SELECT NOT EXISTS (SELECT FROM alarm_told) FROM feed FOR UPDATE;

-- pass_over --
-- What happened before there was a feed is no event; 0 stands for the begin where nothing had happened.
INSERT INTO alarm_told (journal) SELECT 0 UNION ALL SELECT id FROM alarm_journal;

-- alarms_to_tell --
-- Lines that are no events yet, the oldest first. One with a lower id may be committed later, hence not by a position;
-- nothing is committed so late that 10,000 others were before it.
SELECT j.id, j.event, j.at, j.by, j.comment, a.id, a.rule, a.subject, a.machine, a.priority, a.text_en, a.text_zh
  FROM alarm_journal j
  JOIN alarm a ON a.id = j.alarm
 WHERE j.id > (SELECT max(journal) - 10000 FROM alarm_told)
   AND NOT EXISTS (SELECT FROM alarm_told t WHERE t.journal = j.id)
 ORDER BY j.id
 LIMIT 500;

-- told_alarm --
-- A line is an event now.
INSERT INTO alarm_told (journal) VALUES (%(journal)s);

-- forget_told --
-- Of lines that are out of reach nothing need be known.
DELETE FROM alarm_told WHERE journal < (SELECT max(journal) - 20000 FROM alarm_told);
