-- action_key --
-- What signs the links of messages.
SELECT key FROM action_key;

-- course --
-- The least and the greatest value of a tag in each short while of a span, what was read badly left out.
SELECT date_bin(%(step)s, s.at, '2000-01-01Z') AS step, min(s.value), max(s.value)
  FROM series t JOIN sample s ON s.series = t.series
 WHERE t.machine = %(machine)s AND t.tag = %(tag)s AND s.at >= %(since)s AND s.at <= %(until)s
   AND s.quality < 2 AND s.value BETWEEN -1e300 AND 1e300
 GROUP BY step ORDER BY step;

-- furthest_off --
-- Of an anomaly, the tag that was furthest off when it was raised last.
SELECT detail->'tags'->0->>'tag' FROM alarm_journal
 WHERE alarm = %(alarm)s AND jsonb_typeof(detail->'tags'->0) = 'object' ORDER BY id DESC LIMIT 1;
