-- lock_once --
-- Whether nobody else makes the change with this key at this moment; held until the transaction ends.
SELECT pg_try_advisory_xact_lock(hashtextextended('shopfloor-once-' || %(who)s || ' ' || %(key)s, 0));

-- answered_once --
-- The change that a key stands for, and how it was answered; no row for a new key.
SELECT request, status, answer FROM idempotency_record WHERE who = %(who)s AND key = %(key)s;

-- keep_answer --
-- The answer to a change; never altered.
INSERT INTO idempotency_record (who, key, request, status, answer)
VALUES (%(who)s, %(key)s, %(request)s, %(status)s, %(answer)s);

-- forget_answers --
-- Old answers are forgotten.
DELETE FROM idempotency_record WHERE at < %(before)s;

-- tell --
-- An event of a subject, with the subject's next version; the subject is held until the transaction ends. The event is
-- numbered after that, so that numbers and versions of a subject rise together.
WITH held AS (
    INSERT INTO subject_version AS known (subject, version) VALUES (%(subject)s, 1)
    ON CONFLICT (subject) DO UPDATE SET version = known.version + 1
    RETURNING version
)
INSERT INTO outbox_event (id, type, subject, subject_version, data, at)
SELECT %(id)s, %(type)s, %(subject)s, version, %(data)s, clock_timestamp() FROM held
RETURNING subject_version;

-- note --
-- An audit entry.
INSERT INTO audit_entry (id, person, client, at, action, subject, before, after)
VALUES (%(id)s, %(person)s, %(client)s, clock_timestamp(), %(action)s, %(subject)s, %(before)s, %(after)s);

-- feed --
-- Where the feed begins and ends.
SELECT epoch, dropped, position FROM feed;

-- events --
-- Events after a position, and where the feed begins and ends; one row without an event where there is none.
SELECT f.epoch, f.dropped, f.position, e.id, e.type, e.position, e.at, e.subject, e.subject_version, e.data
  FROM feed f
  LEFT JOIN LATERAL (
    SELECT id, type, position, at, subject, subject_version, data
      FROM outbox_event
     WHERE position > coalesce(%(after)s, f.dropped)
       AND position <= coalesce(%(after)s, f.dropped) + %(scanned)s
       AND (%(types)s::text[] IS NULL OR type = ANY (%(types)s))
       AND (%(subject)s::text IS NULL OR subject = %(subject)s)
     ORDER BY position
     LIMIT %(most)s
  ) e ON true
 ORDER BY e.position;
