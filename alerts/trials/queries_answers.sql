-- next_trial --
-- The oldest trial of the last ten minutes that has no answer.
SELECT t.id, t.rule, t.begin_at, t.end_at FROM rule_trial t
 WHERE t.at > clock_timestamp() - interval '10 min' AND NOT EXISTS (SELECT FROM rule_trial_answer a WHERE a.trial = t.id)
 ORDER BY t.id LIMIT 1;

-- answer --
-- What was found.
INSERT INTO rule_trial_answer (trial, trouble, times, count, messages, active_us)
VALUES (%(trial)s, %(trouble)s, %(times)s, %(count)s, %(messages)s, %(active_us)s) ON CONFLICT (trial) DO NOTHING;

-- forget_answers --
DELETE FROM rule_trial_answer WHERE at < clock_timestamp() - interval '7 days';
