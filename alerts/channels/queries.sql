-- next_message --
-- What a channel has to send next: high priority first, then the oldest; not what the receiver has refused.
SELECT j.id, j.alarm, j.event, j.at, j.by, j.comment,
       a.rule, a.subject, a.machine, a.priority, a.text_en, a.text_zh, a.raised_at
  FROM delivery d JOIN alarm_journal j ON j.id = d.journal JOIN alarm a ON a.id = j.alarm
 WHERE d.channel = %(channel)s AND d.delivered_at IS NULL AND d.refused = 0
 ORDER BY d.high DESC, d.journal LIMIT 1;

-- next_refused --
-- What the receiver has refused and is to be asked again, the one that has waited longest.
SELECT j.id, j.alarm, j.event, j.at, j.by, j.comment,
       a.rule, a.subject, a.machine, a.priority, a.text_en, a.text_zh, a.raised_at
  FROM delivery d JOIN alarm_journal j ON j.id = d.journal JOIN alarm a ON a.id = j.alarm
 WHERE d.channel = %(channel)s AND d.delivered_at IS NULL AND d.refused > 0
   AND d.next_attempt_at <= clock_timestamp()
 ORDER BY d.next_attempt_at, d.journal LIMIT 1;

-- backlog --
-- What a channel still has to deliver: how many messages, how many of them refused, for how many seconds the oldest
-- waits, and the answer to the one that was refused last.
SELECT count(*), count(*) FILTER (WHERE refused > 0),
       coalesce((SELECT extract(epoch FROM clock_timestamp() - at) FROM alarm_journal WHERE id = min(d.journal)), 0)::float8,
       coalesce((array_agg(provider_answer ORDER BY attempted_at DESC NULLS LAST) FILTER (WHERE refused > 0))[1], '')
  FROM delivery d WHERE channel = %(channel)s AND delivered_at IS NULL;

-- sent_lately --
-- How many messages a channel was sent within a minute, and the ten seconds that the last one may have taken.
SELECT count(*) FROM delivery WHERE channel = %(channel)s AND attempted_at > clock_timestamp() - interval '70 s';

-- trouble_of --
-- Why a channel takes nothing, and for how many seconds more it is to be left alone.
SELECT trouble, reason, greatest(extract(epoch FROM until - clock_timestamp()), 0)::float8
  FROM channel_trouble WHERE channel = %(channel)s;

-- put_trouble --
-- A channel takes nothing for so long.
INSERT INTO channel_trouble (channel, trouble, reason, since, until)
VALUES (%(channel)s, %(trouble)s, %(reason)s, clock_timestamp(), clock_timestamp() + %(wait)s)
ON CONFLICT (channel) DO UPDATE SET trouble = excluded.trouble, reason = excluded.reason, until = excluded.until;

-- end_trouble --
-- A channel takes messages again.
DELETE FROM channel_trouble WHERE channel = %(channel)s;

-- begin_attempt --
-- A message is about to be sent.
UPDATE delivery SET attempted_at = clock_timestamp() WHERE journal = %(journal)s AND channel = %(channel)s;

-- delivered --
-- The receiver has taken it.
UPDATE delivery SET attempts = attempts + 1, state = 'delivered', delivered_at = clock_timestamp(), provider_answer = NULL
 WHERE journal = %(journal)s AND channel = %(channel)s;

-- not_reached --
-- The receiver was away; the message is the next one when it is back.
UPDATE delivery SET attempts = attempts + 1, provider_answer = %(error)s
 WHERE journal = %(journal)s AND channel = %(channel)s;

-- refused --
-- The receiver does not take this message; when to ask it again.
UPDATE delivery
   SET attempts = attempts + 1, refused = refused + 1, provider_answer = %(error)s,
       next_attempt_at = clock_timestamp() + %(wait)s
 WHERE journal = %(journal)s AND channel = %(channel)s;
