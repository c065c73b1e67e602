-- lock_once --
-- Whether nobody else makes the change with this key at this moment; held until the transaction ends.
SELECT pg_try_advisory_xact_lock(hashtextextended('shopfloor-once-' || %(who)s || ' ' || %(key)s, 0));

-- answered_once --
-- The change that a key stands for, and how it was answered; no row for a new key.
SELECT request, status, answer FROM idempotency_record WHERE who = %(who)s AND key = %(key)s;

-- keep_answer --
-- The answer to a change, as it is known now.
INSERT INTO idempotency_record (who, key, request, status, answer)
VALUES (%(who)s, %(key)s, %(request)s, %(status)s, %(answer)s)
ON CONFLICT (who, key) DO UPDATE SET status = excluded.status, answer = excluded.answer
 WHERE idempotency_record.request = excluded.request;

-- forget_answers --
-- Old answers are forgotten.
DELETE FROM idempotency_record WHERE at < %(before)s;
