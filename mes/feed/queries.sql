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

-- audit_entries --
-- Sealed entries with the texts that were sealed, the newest first, each with the seal of the entry before it.
SELECT k.key, b.mac, e.mac, e.at, e.position, e.id::text, e.person, e.client,
       (extract(epoch FROM e.at) * 1000000)::bigint::text, e.action, e.subject, e.before::text, e.after::text,
       e.before, e.after
  FROM audit_key k
 CROSS JOIN audit_entry e
  LEFT JOIN audit_entry b ON b.position = e.position - 1
 WHERE e.position IS NOT NULL
   AND (%(before)s::bigint IS NULL OR e.position < %(before)s)
   AND (%(subject)s::text IS NULL OR e.subject = %(subject)s)
   AND (%(person)s::text IS NULL OR e.person = %(person)s)
   AND (%(client)s::text IS NULL OR e.client = %(client)s)
   AND (%(from)s::timestamptz IS NULL OR e.at >= %(from)s)
   AND (%(to)s::timestamptz IS NULL OR e.at < %(to)s)
 ORDER BY e.position DESC
 LIMIT %(most)s;

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
