-- rule_version --
-- By which wording of its rule an alarm was raised.
SELECT r.version, r.rule, r.definition, r.sha256, r.since
  FROM alarm a JOIN alert_rule r ON r.version = a.rule_version WHERE a.id = %(alarm)s;

-- lines --
-- What has happened to an alarm, with what each decision rests on, and what people have asked for and said, in order.
SELECT * FROM (
    SELECT j.at, j.event, j.by, j.comment, j.detail, j.id AS journal, j.told_with, NULL::text AS outcome
      FROM alarm_journal j WHERE j.alarm = %(alarm)s
    UNION ALL
    SELECT r.at, CASE r.action WHEN 'comment' THEN 'commented' ELSE 'asked' END, r.by, r.comment,
           CASE r.action WHEN 'comment' THEN '{}' ELSE jsonb_build_object('action', r.action) END, NULL, NULL,
           CASE WHEN r.action <> 'comment' THEN coalesce(o.outcome, 'waiting') END
      FROM alarm_request r LEFT JOIN alarm_request_outcome o ON o.request = r.id WHERE r.alarm = %(alarm)s) AS told
 ORDER BY at, journal NULLS FIRST LIMIT 2000;

-- messages --
-- Each message of lines of the journal, with all that its providers answered.
SELECT d.journal, d.id, d.channel, d.person, d.state, d.via, d.attempts, d.possible_repeat, d.bundled_in, d.posted_at,
       d.delivered_at, d.provider_answer,
       coalesce((SELECT jsonb_agg(jsonb_build_object('at', t.at, 'answered_at', t.answered_at, 'via', t.via,
                                                     'result', t.result, 'status', t.status, 'code', t.code,
                                                     'said', t.said) ORDER BY t.id)
                   FROM delivery_attempt t WHERE t.delivery = coalesce(d.bundled_in, d.id)), '[]') AS answers
  FROM delivery d WHERE d.journal = ANY (%(journals)s) ORDER BY d.id;
