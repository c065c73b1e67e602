-- webhooks --
-- All webhooks, or one, with what waits; without their secrets.
SELECT w.id, w.name, w.url, w.types, w.state, w.reason, w.secret_before_until, w.position, w.version, w.at, w.client,
       d.waiting, d.parked
  FROM webhook w
  CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE state = 'waiting') AS waiting, count(*) FILTER (WHERE state = 'parked') AS parked
      FROM webhook_delivery
     WHERE webhook = w.id AND state IN ('waiting', 'parked')
  ) d
 WHERE %(id)s::text IS NULL OR w.id = %(id)s
 ORDER BY w.id;

-- hold_webhook --
-- Whoever changes a webhook or its deliveries holds it; so what one reads is not changed by another meanwhile.
SELECT version FROM webhook WHERE id = %(id)s FOR UPDATE;

-- add_webhook --
-- A new webhook.
INSERT INTO webhook (id, name, url, types, state, secret, position, person, client)
VALUES (%(id)s, %(name)s, %(url)s, %(types)s, %(state)s, %(secret)s, %(position)s, %(person)s, %(client)s);

-- change_webhook --
-- What a person or program says of a webhook; this also ends what mes has disabled it for.
UPDATE webhook
   SET name = %(name)s, url = %(url)s, types = %(types)s, state = %(state)s, reason = NULL, version = version + 1,
       person = %(person)s, client = %(client)s, at = clock_timestamp()
 WHERE id = %(id)s;

-- rotate_secret --
-- Another secret; the one before signs beside it for a while.
UPDATE webhook
   SET secret_before = secret, secret_before_until = clock_timestamp() + %(both)s, secret = %(secret)s,
       version = version + 1, person = %(person)s, client = %(client)s, at = clock_timestamp()
 WHERE id = %(id)s;

-- active --
-- Webhooks that events go to.
SELECT id FROM webhook WHERE state = 'active' ORDER BY id;

-- plan_deliveries --
-- The next events of a held webhook as deliveries. The first one of a subject of which none is open may go at once.
-- Events that were dropped before they were planned are passed over.
WITH w AS (SELECT id, types, position FROM webhook WHERE id = %(id)s),
     f AS (SELECT position, dropped FROM feed),
     new AS (
    SELECT e.position, e.id, e.subject
      FROM outbox_event e, w
     WHERE e.position > w.position
       AND e.position <= w.position + %(most)s
       AND (w.types = '{}' OR e.type = ANY (w.types))
), moved AS (
    UPDATE webhook
       SET position = greatest(least(f.position, webhook.position + %(most)s), f.dropped)
      FROM f
     WHERE id = %(id)s
    RETURNING webhook.position
)
INSERT INTO webhook_delivery (webhook, position, event, subject, next_at)
SELECT %(id)s, new.position, new.id, new.subject,
       CASE WHEN row_number() OVER (PARTITION BY new.subject ORDER BY new.position) = 1
                 AND NOT EXISTS (
                     SELECT FROM webhook_delivery d
                      WHERE d.webhook = %(id)s AND d.subject = new.subject AND d.state IN ('waiting', 'parked'))
            THEN clock_timestamp() END
  FROM new, moved;

-- unplanned --
-- Whether events of a webhook are not planned yet, and how many are not kept any more.
SELECT w.position < f.position, greatest(f.dropped - w.position, 0) FROM feed f, webhook w WHERE w.id = %(id)s;

-- due --
-- Deliveries to try now, those that wait longest first, with address and secrets.
SELECT d.position, d.tries, e.id, e.type, e.position, e.at, e.subject, e.subject_version, e.data, w.url, w.secret,
       CASE WHEN w.secret_before_until > clock_timestamp() THEN w.secret_before END
  FROM webhook_delivery d
  JOIN webhook w ON w.id = d.webhook
  JOIN outbox_event e ON e.position = d.position
 WHERE d.webhook = %(id)s
   AND w.state = 'active'
   AND d.next_at <= clock_timestamp()
   AND d.position <> ALL (%(on_the_way)s)
 ORDER BY d.next_at, d.position
 LIMIT %(most)s;

-- add_attempt --
-- An attempt and what came back.
INSERT INTO webhook_attempt (webhook, position, at, status, answer, duration_us)
VALUES (%(id)s, %(position)s, %(at)s, %(status)s, %(answer)s, %(duration_us)s);

-- settle --
-- What became of a delivery that was tried; one that somebody has changed meanwhile stays as it is.
UPDATE webhook_delivery
   SET state = %(state)s, tries = tries + 1, next_at = clock_timestamp() + %(delay)s
 WHERE webhook = %(id)s AND position = %(position)s AND state = 'waiting'
RETURNING subject;

-- release --
-- Of the open deliveries of a subject the first one goes now, unless it is parked: then all behind it wait.
UPDATE webhook_delivery
   SET next_at = clock_timestamp()
 WHERE webhook = %(id)s
   AND state = 'waiting'
   AND next_at IS NULL
   AND position = (
       SELECT min(position) FROM webhook_delivery
        WHERE webhook = %(id)s AND subject = %(subject)s AND state IN ('waiting', 'parked'));

-- disable --
-- mes itself ends a webhook, and says why.
UPDATE webhook SET state = 'disabled', reason = %(reason)s, version = version + 1 WHERE id = %(id)s;

-- replay --
-- Parked deliveries are tried again: those named, or all.
UPDATE webhook_delivery
   SET state = 'waiting', tries = 0, next_at = clock_timestamp()
 WHERE webhook = %(id)s
   AND state = 'parked'
   AND (%(positions)s::bigint[] IS NULL OR position = ANY (%(positions)s))
RETURNING position;

-- skip --
-- A parked delivery is not sent any more.
UPDATE webhook_delivery
   SET state = 'skipped'
 WHERE webhook = %(id)s AND position = %(position)s AND state = 'parked'
RETURNING subject;

-- deliveries --
-- Deliveries of a webhook with the last answer, in the order of the feed.
SELECT d.position, d.event, e.type, d.subject, d.state, d.tries, d.next_at, a.at, a.status, a.answer
  FROM webhook_delivery d
  LEFT JOIN outbox_event e ON e.position = d.position
  LEFT JOIN LATERAL (
    SELECT at, status, answer FROM webhook_attempt
     WHERE webhook = d.webhook AND position = d.position ORDER BY at DESC LIMIT 1
  ) a ON true
 WHERE d.webhook = %(id)s
   AND (%(state)s::text IS NULL OR d.state = %(state)s)
   AND d.position > %(after)s
 ORDER BY d.position
 LIMIT %(most)s;

-- hold_all --
-- As hold_webhook, of all.
SELECT FROM webhook ORDER BY id FOR UPDATE;

-- forget_deliveries --
-- Deliveries of events that are not kept any more, with their attempts; those that were never sent are counted.
WITH gone AS (
    DELETE FROM webhook_delivery d USING feed f WHERE d.position <= f.dropped RETURNING d.webhook, d.subject, d.state
), attempts AS (
    DELETE FROM webhook_attempt a USING feed f WHERE a.position <= f.dropped
)
SELECT webhook, subject, count(*) FROM gone WHERE state IN ('waiting', 'parked') GROUP BY webhook, subject;
