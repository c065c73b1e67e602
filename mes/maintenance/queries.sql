-- call --
-- A call; no row where one of its kind is open at the machine.
INSERT INTO andon_call (id, machine, kind, person, client, at)
VALUES (%(id)s, %(machine)s, %(kind)s, %(person)s, %(client)s, now())
ON CONFLICT (machine, kind) WHERE ended_at IS NULL DO NOTHING RETURNING id;

-- open_call --
-- The open call of a kind at a machine.
SELECT id FROM andon_call WHERE machine = %(machine)s AND kind = %(kind)s AND ended_at IS NULL FOR UPDATE;

-- answer --
-- Somebody is on the way; no row where the call was answered or has ended before.
UPDATE andon_call SET answered_by = %(person)s, answered_client = %(client)s, answered_at = now()
 WHERE id = %(id)s AND answered_at IS NULL AND ended_at IS NULL RETURNING id;

-- end_call --
-- Help was given, or is not needed any more; no row where the call has ended before.
UPDATE andon_call SET ended_by = %(person)s, ended_client = %(client)s, ended_at = now()
 WHERE id = %(id)s AND ended_at IS NULL RETURNING id;

-- calls --
-- Calls, the newest first.
SELECT id, machine, kind, person AS called_by, client, at, answered_by, answered_at, ended_by, ended_at, written
  FROM andon_call
 WHERE (%(id)s::uuid IS NULL OR id = %(id)s) AND (%(open)s::boolean IS NULL OR (ended_at IS NULL) = %(open)s)
   AND (%(machine)s::text IS NULL OR machine = %(machine)s) AND (%(before)s::bigint IS NULL OR written < %(before)s)
 ORDER BY written DESC LIMIT %(limit)s;

-- open_calls --
-- Open calls, those that nobody has answered first, then the oldest first.
SELECT id::text, machine, kind, person, at, answered_by, answered_at FROM andon_call
 WHERE ended_at IS NULL ORDER BY answered_at IS NOT NULL, at, id;
