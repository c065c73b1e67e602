-- alarms_in --
-- Alarms of some machines that stood at some time of a window, the newest first.
SELECT id, rule, machine, priority, condition, text_en, text_zh,
       (extract(epoch FROM raised_at) * 1000000)::bigint, (extract(epoch FROM cleared_at) * 1000000)::bigint
  FROM alarm
 WHERE machine = ANY (%(machines)s) AND raised_at < %(to)s AND (cleared_at IS NULL OR cleared_at > %(from)s)
 ORDER BY raised_at DESC LIMIT %(most)s;
