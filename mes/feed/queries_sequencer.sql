-- origin --
-- What is another one after a restore: the server, its timeline, the database.
SELECT (pg_control_system()).system_identifier || '/' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)
    || '/' || (SELECT oid FROM pg_database WHERE datname = current_database());

-- origin_without_server --
-- As origin, where the server does not tell its identifier.
SELECT '?/' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)
    || '/' || (SELECT oid FROM pg_database WHERE datname = current_database());

-- begin_epoch --
-- The origin of this start. The epoch changes with it, and is given then; the first start keeps the first epoch.
WITH held AS (SELECT origin FROM feed FOR UPDATE),
     changed AS (
    UPDATE feed SET epoch = CASE WHEN held.origin IS NULL THEN epoch ELSE gen_random_uuid() END, origin = %(origin)s
      FROM held
     WHERE held.origin IS DISTINCT FROM %(origin)s
    RETURNING epoch
)
SELECT changed.epoch FROM changed, held WHERE held.origin IS NOT NULL;

-- new_epoch --
-- A restore that nothing but a person can know of.
UPDATE feed SET epoch = gen_random_uuid() RETURNING epoch;

-- waiting --
-- Whether committed events wait for a position, and audit entries for a seal.
SELECT EXISTS (SELECT FROM outbox_event WHERE position IS NULL),
       EXISTS (SELECT FROM audit_entry WHERE position IS NULL);

-- hold_feed --
-- Whoever gives positions holds the feed, so that nobody else can between what is read and what is written.
SELECT FROM feed FOR UPDATE;

-- number_events --
-- The next positions to events that wait, dense. Of each subject all earlier events are committed, hence among them or
-- numbered before.
WITH next AS (
    SELECT id, row_number() OVER (ORDER BY written) AS n
      FROM (SELECT id, written FROM outbox_event WHERE position IS NULL ORDER BY written LIMIT %(most)s) waiting
), moved AS (
    UPDATE feed SET position = position + (SELECT count(*) FROM next) RETURNING position
)
UPDATE outbox_event e
   SET position = moved.position - (SELECT count(*) FROM next) + next.n
  FROM next, moved
 WHERE e.id = next.id;

-- forget_events --
-- Events before the first one that is young enough; the feed knows up to where.
WITH held AS (SELECT position FROM feed FOR UPDATE),
     young AS (
    SELECT coalesce(
        (SELECT position FROM outbox_event WHERE position IS NOT NULL AND at >= %(before)s ORDER BY position LIMIT 1),
        (SELECT position + 1 FROM held)
    ) AS first
), moved AS (
    UPDATE feed SET dropped = greatest(dropped, young.first - 1) FROM young
)
DELETE FROM outbox_event USING young WHERE position < young.first;

-- last_seal --
-- The newest sealed entry, or position 0, with the database's own key.
SELECT coalesce(e.position, 0), coalesce(e.mac, ''::bytea), k.key
  FROM audit_key k
  LEFT JOIN (SELECT position, mac FROM audit_entry WHERE position IS NOT NULL ORDER BY position DESC LIMIT 1) e ON true;

-- entries_to_seal --
-- Entries that wait, in the order in which they were written, as texts.
SELECT id, id::text, person, client, (extract(epoch FROM at) * 1000000)::bigint::text, action, subject, before::text,
       after::text
  FROM audit_entry
 WHERE position IS NULL
 ORDER BY written
 LIMIT %(most)s;

-- seal --
-- Position and seal of an entry.
UPDATE audit_entry SET position = %(position)s, mac = %(mac)s WHERE id = %(id)s AND position IS NULL;

-- audit_key --
-- The database's own key.
SELECT key FROM audit_key;

-- count_seals --
-- How many entries are sealed.
SELECT count(*) FROM audit_entry WHERE position IS NOT NULL;

-- sealed --
-- All sealed entries, with the texts that were sealed.
SELECT position, mac, id::text, person, client, (extract(epoch FROM at) * 1000000)::bigint::text, action, subject,
       before::text, after::text
  FROM audit_entry
 WHERE position IS NOT NULL
 ORDER BY position;
