-- rules --
-- The version in force of each rule, since when, how often its alarms were raised since an instant, and when last.
SELECT v.rule, v.version, v.since, coalesce(n.times, 0)::integer, n.last
  FROM (SELECT DISTINCT ON (rule) rule, version, since FROM alert_rule ORDER BY rule, version DESC) v
  LEFT JOIN (SELECT a.rule, count(*) AS times, max(j.at) AS last
               FROM alarm_journal j JOIN alarm a ON a.id = j.alarm
              WHERE j.at >= %(since)s AND j.event IN ('raised', 'raised_again') GROUP BY a.rule) n USING (rule);

-- waiting --
-- How many trials wait for an answer.
SELECT count(*) FROM rule_trial t
 WHERE t.at > clock_timestamp() - interval '2 min' AND NOT EXISTS (SELECT FROM rule_trial_answer a WHERE a.trial = t.id);

-- forget_trials --
DELETE FROM rule_trial WHERE at < clock_timestamp() - interval '7 days';

-- ask_trial --
-- Somebody wants to try a rule.
INSERT INTO rule_trial (rule, begin_at, end_at, by) VALUES (%(rule)s, %(begin)s, %(end)s, %(by)s) RETURNING id;

-- trial --
-- One trial with its answer, NULL where there is none yet.
SELECT t.id, t.rule, t.begin_at, t.end_at, t.by, t.at, a.trouble, a.times, a.count, a.messages, a.active_us
  FROM rule_trial t LEFT JOIN rule_trial_answer a ON a.trial = t.id WHERE t.id = %(id)s;
