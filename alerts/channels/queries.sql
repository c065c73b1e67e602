-- waiting --
-- What a channel has to send next: high priority first, then what was begun, then the oldest; not what the receiver has
-- refused. A person's address belongs to the channel that was asked for, no other.
SELECT d.id, d.person, CASE WHEN coalesce(d.via, d.channel) = d.channel THEN d.address END, d.language, d.high,
       d.parts_done, d.possible_repeat, d.bundled_in,
       j.id, j.alarm, j.event, j.at, j.by, j.comment,
       a.rule, a.subject, a.machine, a.priority, a.text_en || a.also_en, a.text_zh || a.also_zh, a.raised_at
  FROM (SELECT * FROM delivery d
         WHERE coalesce(d.via, d.channel) = %(channel)s AND d.delivered_at IS NULL AND d.state = 'pending'
           AND d.refused = 0
         ORDER BY d.high DESC, (d.bundled_in IS NOT NULL) DESC, d.id LIMIT 1001) AS d
  JOIN alarm_journal j ON j.id = d.journal JOIN alarm a ON a.id = j.alarm
 ORDER BY d.high DESC, (d.bundled_in IS NOT NULL) DESC, d.id;

-- refused_before --
-- What the receiver has refused and is to be asked again, the one that has waited longest.
SELECT d.id, d.person, CASE WHEN coalesce(d.via, d.channel) = d.channel THEN d.address END, d.language, d.high,
       d.parts_done, d.possible_repeat, NULL::bigint,
       j.id, j.alarm, j.event, j.at, j.by, j.comment,
       a.rule, a.subject, a.machine, a.priority, a.text_en || a.also_en, a.text_zh || a.also_zh, a.raised_at
  FROM delivery d JOIN alarm_journal j ON j.id = d.journal JOIN alarm a ON a.id = j.alarm
 WHERE coalesce(d.via, d.channel) = %(channel)s AND d.delivered_at IS NULL AND d.state = 'pending' AND d.refused > 0
   AND d.next_attempt_at <= clock_timestamp()
 ORDER BY d.next_attempt_at, d.id LIMIT 1;

-- backlog --
-- What a channel still has to deliver: how many messages, how many of high priority that were not refused, how many
-- refused, for how many seconds the oldest waits, and the answer to the one that was refused last.
SELECT count(*), count(*) FILTER (WHERE high AND refused = 0), count(*) FILTER (WHERE refused > 0),
       coalesce(extract(epoch FROM clock_timestamp() - min(posted_at)), 0)::float8,
       coalesce((array_agg(provider_answer ORDER BY attempted_at DESC NULLS LAST) FILTER (WHERE refused > 0))[1], '')
  FROM delivery
 WHERE coalesce(via, channel) = %(channel)s AND delivered_at IS NULL AND state IN ('pending', 'sending');

-- sent_lately --
-- How many messages a channel was sent within a minute, and the ten seconds that the last one may have taken.
SELECT count(*) FROM delivery_attempt WHERE via = %(channel)s AND at > clock_timestamp() - interval '70 s';

-- cut_off --
-- Attempts that were under way when the service ended: the receiver may have taken them.
WITH again AS (
    UPDATE delivery SET state = 'pending', attempt_deadline = NULL, possible_repeat = possible_repeat + 1,
           attempts = attempts + 1, provider_answer = 'the answer was cut off'
     WHERE coalesce(via, channel) = %(channel)s AND delivered_at IS NULL AND state = 'sending' RETURNING id)
UPDATE delivery_attempt SET result = 'cut_off' WHERE result = 'under_way' AND delivery IN (SELECT id FROM again);

-- without_channel --
-- Messages of channels that the plant file does not have any more are not tried; those of a spare channel go back.
UPDATE delivery
   SET via = channel, via_since = clock_timestamp(), moved = 'the plant file has no channel ' || via || ' any more'
 WHERE delivered_at IS NULL AND state = 'pending' AND via <> ALL (%(channels)s) AND channel = ANY (%(channels)s);

-- fail_without_channel --
-- The others of them.
UPDATE delivery
   SET state = 'failed', attempt_deadline = NULL, provider_answer = 'the plant file has no channel of this name any more'
 WHERE delivered_at IS NULL AND state IN ('pending', 'sending') AND channel <> ALL (%(channels)s)
   AND coalesce(via, channel) <> ALL (%(channels)s);

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

-- in_trouble --
-- The channels that take nothing now; one whose time is over is asked again.
SELECT channel FROM channel_trouble WHERE until > clock_timestamp();

-- too_long_here --
-- The channels of the plant file whose messages have waited for too long at a channel.
SELECT DISTINCT channel FROM delivery
 WHERE coalesce(via, channel) = %(channel)s AND delivered_at IS NULL AND state = 'pending'
   AND (refused > 0 OR %(all)s) AND coalesce(via_since, posted_at) < clock_timestamp() - %(after)s;

-- move --
-- These messages go to the next channel of the chain; what every channel of it has refused stays where it is.
UPDATE delivery
   SET via = %(to)s, via_since = clock_timestamp(), moved = left(%(reason)s, 400), moves = moves + 1,
       refused = 0, parts_done = 0, bundled_in = NULL
 WHERE coalesce(via, channel) = %(channel)s AND channel = %(home)s AND delivered_at IS NULL AND state = 'pending'
   AND (refused > 0 OR %(all)s) AND coalesce(via_since, posted_at) < clock_timestamp() - %(after)s
   AND (refused = 0 OR moves < %(spares)s);

-- begin_attempt --
-- A message is about to be sent: its first delivery carries the others.
UPDATE delivery
   SET state = 'sending', attempted_at = clock_timestamp(), attempt_deadline = clock_timestamp() + %(deadline)s,
       bundled_in = %(lead)s
 WHERE id = ANY (%(ids)s);

-- add_attempt --
-- The attempt in the ledger.
INSERT INTO delivery_attempt (delivery, via, part) VALUES (%(lead)s, %(channel)s, %(part)s) RETURNING id;

-- end_attempt --
-- What the receiver answered.
UPDATE delivery_attempt
   SET answered_at = clock_timestamp(), result = %(result)s, status = %(status)s, code = %(code)s, said = left(%(said)s, 400)
 WHERE id = %(attempt)s;

-- part_taken --
-- The receiver has taken a part; the next one waits.
UPDATE delivery SET state = 'pending', attempt_deadline = NULL, parts_done = %(part)s WHERE id = ANY (%(ids)s);

-- taken --
-- The receiver, or a relay, has taken it.
UPDATE delivery
   SET state = CASE WHEN id <> %(lead)s THEN 'bundled' WHEN %(relayed)s THEN 'sent' ELSE 'delivered' END,
       attempts = attempts + 1, attempt_deadline = NULL, delivered_at = clock_timestamp(), parts_done = %(part)s,
       bundled_in = nullif(%(lead)s, id),
       provider_answer = left(%(said)s, 400)
 WHERE id = ANY (%(ids)s);

-- not_reached --
-- The receiver was away, or wants to rest; the message is the next one when it is back. Where the answer was cut off,
-- the same message goes again.
UPDATE delivery
   SET state = 'pending', attempt_deadline = NULL, attempts = attempts + %(counts)s, provider_answer = left(%(said)s, 400),
       possible_repeat = possible_repeat + %(cut_off)s,
       bundled_in = CASE WHEN %(again)s OR %(cut_off)s + parts_done > 0 THEN bundled_in END
 WHERE id = ANY (%(ids)s);

-- refused --
-- The receiver does not take this message; when to ask it again. Those of a digest go one by one then.
UPDATE delivery
   SET state = 'pending', attempt_deadline = NULL, attempts = attempts + 1, refused = refused + 1,
       provider_answer = left(%(said)s, 400), next_attempt_at = clock_timestamp() + %(wait)s, bundled_in = NULL,
       parts_done = CASE WHEN cardinality(%(ids)s::bigint[]) > 1 THEN 0 ELSE parts_done END
 WHERE id = ANY (%(ids)s);

-- none_refused --
-- The receiver has taken one that it had refused: all of them follow, at the channel's pace.
UPDATE delivery SET refused = 0
 WHERE coalesce(via, channel) = %(channel)s AND delivered_at IS NULL AND state = 'pending' AND refused > 0;
