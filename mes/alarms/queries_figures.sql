-- raises --
-- Each time in a span that an alarm called somebody: when it was acknowledged and when it cleared after that, as long as
-- it was not raised again before.
SELECT j.at, a.rule, a.subject, a.priority,
       (SELECT min(k.at) FROM alarm_journal k
         WHERE k.alarm = j.alarm AND k.event = 'acknowledged' AND k.id > j.id AND (n.id IS NULL OR k.id < n.id)) - j.at,
       (SELECT min(k.at) FROM alarm_journal k
         WHERE k.alarm = j.alarm AND k.event = 'cleared' AND k.id > j.id AND (n.id IS NULL OR k.id < n.id)) - j.at
  FROM alarm_journal j JOIN alarm a ON a.id = j.alarm
  LEFT JOIN LATERAL (SELECT min(k.id) AS id FROM alarm_journal k
                      WHERE k.alarm = j.alarm AND k.id > j.id AND k.event IN ('raised', 'raised_again')) AS n ON true
 WHERE j.at >= %(from)s AND j.at < %(to)s AND j.event IN ('raised', 'raised_again')
   AND NOT j.detail ?| ARRAY['root', 'quiet']
 ORDER BY j.id LIMIT 1000000;

-- noise --
-- How often in a span something was told to chatter, and how many alarms have stood for more than a day at its end.
SELECT (SELECT count(*) FROM alarm_journal WHERE at >= %(from)s AND at < %(to)s AND event = 'chattering'),
       (SELECT count(*) FROM alarm a WHERE a.raised_at < %(to)s - interval '1 day'
           AND (a.cleared_at IS NULL OR a.cleared_at >= %(to)s) AND (a.active OR a.cleared_at >= %(to)s));

-- known_from --
-- An instant, or the first that is known of alarms and of the plant where that is later.
SELECT greatest(%(begin)s::timestamptz, least((SELECT min(at) FROM alarm_journal), (SELECT min(at) FROM plant_file),
                clock_timestamp()));
