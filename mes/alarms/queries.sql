-- alarms --
-- Alarms, the newest first, with what of rule and subject is set aside, and whether somebody has asked for something
-- that alerts has not done yet. set_aside: only those that are shelved or out of service now, the latest of each.
SELECT a.id, a.rule, a.subject, a.machine, a.priority, a.condition, a.text_en || a.also_en AS text_en,
       a.text_zh || a.also_zh AS text_zh, a.raised_at, a.acked_at, a.acked_by, a.cleared_at,
       a.active, a.acked, a.confirmed, a.latched, a.suppressed, a.root,
       CASE WHEN s.rule IS NULL THEN 'unshelved' WHEN s.until IS NULL THEN 'one_shot' ELSE 'timed' END AS shelving,
       s.until AS shelved_until, s.by AS shelved_by, s.comment AS shelved_why,
       o.since AS out_since, o.by AS out_by, o.comment AS out_why,
       EXISTS (SELECT FROM alarm_request r
                WHERE r.alarm = a.id AND r.action <> 'comment'
                  AND NOT EXISTS (SELECT FROM alarm_request_outcome d WHERE d.request = r.id)) AS pending
  FROM alarm a
  LEFT JOIN shelving s ON s.rule = a.rule AND s.subject = a.subject
  LEFT JOIN out_of_service o ON o.rule = a.rule AND o.subject = a.subject
 WHERE (%(id)s::bigint IS NULL OR a.id = %(id)s)
   AND (%(before)s::bigint IS NULL OR a.id < %(before)s)
   AND (%(open)s::boolean IS NULL OR (a.condition <> 'normal') = %(open)s)
   AND (%(quiet)s::boolean IS NULL OR a.quiet = %(quiet)s)
   AND (%(root)s::bigint IS NULL OR a.root = %(root)s)
   AND (NOT %(set_aside)s OR ((s.rule IS NOT NULL OR o.rule IS NOT NULL)
        AND a.id = (SELECT max(l.id) FROM alarm l WHERE l.rule = a.rule AND l.subject = a.subject)))
 ORDER BY a.id DESC LIMIT %(limit)s;

-- undelivered --
-- Per alarm and channel, the messages that were refused or have waited for longer than five seconds: how many, since
-- when, whose trouble it is, and what the receiver said.
SELECT j.alarm, d.channel, count(*) AS messages, min(j.at) AS since,
       CASE WHEN bool_or(d.refused > 0) THEN 'refused' ELSE coalesce(min(t.trouble), 'waiting') END AS condition,
       CASE WHEN bool_or(d.refused > 0)
            THEN (array_agg(d.provider_answer ORDER BY d.attempted_at DESC NULLS LAST) FILTER (WHERE d.refused > 0))[1]
            ELSE min(t.reason) END AS answer
  FROM alarm_journal j JOIN delivery d ON d.journal = j.id LEFT JOIN channel_trouble t ON t.channel = d.channel
 WHERE j.alarm = ANY (%(alarms)s) AND d.delivered_at IS NULL AND d.state <> 'failed'
   AND (d.refused > 0 OR j.at < clock_timestamp() - interval '5 s')
 GROUP BY j.alarm, d.channel ORDER BY j.alarm, d.channel;

-- undelivered_of_channels --
-- The same of each channel of the plant file as a whole, alarms that are over included.
SELECT c.channel, u.messages, u.since,
       CASE WHEN u.refused > 0 THEN 'refused' ELSE coalesce(t.trouble, 'waiting') END AS condition,
       CASE WHEN u.refused > 0 THEN u.answer ELSE t.reason END AS answer
  FROM unnest(%(channels)s::text[]) AS c (channel) LEFT JOIN channel_trouble t USING (channel), LATERAL (
       SELECT count(*) AS messages, min(j.at) AS since, count(*) FILTER (WHERE d.refused > 0) AS refused,
              (array_agg(d.provider_answer ORDER BY d.attempted_at DESC NULLS LAST) FILTER (WHERE d.refused > 0))[1] AS answer
         FROM delivery d JOIN alarm_journal j ON j.id = d.journal
        WHERE d.channel = c.channel AND d.delivered_at IS NULL AND d.state <> 'failed'
          AND (d.refused > 0 OR j.at < clock_timestamp() - interval '5 s')) AS u
 WHERE u.messages > 0 ORDER BY c.channel;

-- ask --
-- Asks alerts to do something to an alarm.
INSERT INTO alarm_request (alarm, action, by, comment, lasts_us)
VALUES (%(alarm)s, %(action)s, %(by)s, %(comment)s, %(lasts_us)s) RETURNING id;

-- acted --
-- Whether alerts has acted on a request.
SELECT EXISTS (SELECT FROM alarm_request_outcome WHERE request = %(request)s);

-- add_comment --
-- What somebody says about an alarm; it changes nothing of it.
INSERT INTO alarm_request (alarm, action, by, comment) VALUES (%(alarm)s, 'comment', %(by)s, %(comment)s);

-- journal --
-- All that has happened to some alarms, and what people have said about them, in order.
SELECT alarm, event, at, by, comment FROM (
    SELECT alarm, event, at, by, comment, id AS nth FROM alarm_journal WHERE alarm = ANY (%(alarms)s)
    UNION ALL
    SELECT alarm, 'commented', at, by, comment, id FROM alarm_request
     WHERE alarm = ANY (%(alarms)s) AND action = 'comment') AS told
 ORDER BY at, nth;

-- earlier --
-- The alarms of the same rule and subject before one, the newest first.
SELECT e.id FROM alarm a JOIN alarm e ON e.rule = a.rule AND e.subject = a.subject AND e.id < a.id
 WHERE a.id = %(alarm)s ORDER BY e.id DESC LIMIT %(most)s;

-- furthest_off --
-- Of an anomaly, the tag that was furthest off when it was raised last; no row of other alarms.
SELECT detail->'tags'->0->>'tag' AS tag FROM alarm_journal
 WHERE alarm = %(id)s AND jsonb_typeof(detail->'tags'->0) = 'object' ORDER BY id DESC LIMIT 1;

-- how_often --
-- How often it has been raised since an instant, this time included.
SELECT count(*) FROM alarm a JOIN alarm e ON e.rule = a.rule AND e.subject = a.subject
 WHERE a.id = %(alarm)s AND e.raised_at >= %(since)s;
