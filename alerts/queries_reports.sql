-- next_report --
-- The oldest report that is to be sent now, with the database's clock.
SELECT d.id, d.due, d.subject, d.body, d.file_name, d.media_type, d.content, d.recipients, coalesce(r.attempts, 0), now()
  FROM report_document d LEFT JOIN report_delivery r ON r.document = d.id
 WHERE r.delivered_at IS NULL AND (r.document IS NULL OR r.next_attempt_at <= now())
 ORDER BY d.id LIMIT 1;

-- begin_report --
-- An attempt begins; a start after a kill waits as long as after one that has failed.
INSERT INTO report_delivery (document, attempts, attempted_at, next_attempt_at)
VALUES (%(document)s, 1, now(), now() + %(wait)s)
ON CONFLICT (document) DO UPDATE SET attempts = report_delivery.attempts + 1, attempted_at = now(),
                                     next_attempt_at = now() + %(wait)s;

-- report_delivered --
-- The mail server has taken it.
UPDATE report_delivery SET delivered_at = now(), last_error = NULL WHERE document = %(document)s;

-- report_failed --
-- It has not; the next attempt is set.
UPDATE report_delivery SET last_error = %(error)s WHERE document = %(document)s;

-- forget_report_deliveries --
-- Of documents that mes does not keep any more.
DELETE FROM report_delivery r WHERE NOT EXISTS (SELECT FROM report_document d WHERE d.id = r.document);
