-- known_entry --
-- Whether an entry was taken before, and what it said then.
SELECT said, problem FROM tablet_entry WHERE id = %(id)s;

-- lock_device --
-- One batch of a tablet at a time.
SELECT pg_advisory_xact_lock(hashtextextended('shopfloor-tablet-' || %(device)s, 0));

-- waiting_before --
-- The first entry of a tablet about a subject that waits for a person.
SELECT e.id FROM tablet_entry e
 WHERE e.device = %(device)s AND e.subject = %(subject)s AND e.problem IS NOT NULL
   AND NOT EXISTS (SELECT FROM tablet_decision d WHERE d.entry = e.id)
 ORDER BY e.seq LIMIT 1;

-- signed_on_by --
-- Who signed on by an entry, where that was right.
SELECT person FROM tablet_entry WHERE id = %(id)s AND kind = 'sign_on' AND problem IS NULL;

-- add_entry --
INSERT INTO tablet_entry (id, device, seq, machine, subject, kind, said, person, client, at, touches, took_ms, problem)
VALUES (%(id)s, %(device)s, %(seq)s, %(machine)s, %(subject)s, %(kind)s, %(said)s, %(person)s, %(client)s, %(at)s, %(touches)s,
        %(took_ms)s, %(problem)s)
ON CONFLICT DO NOTHING;

-- conflicts --
-- Entries that wait for a person, the oldest first.
SELECT e.id, e.machine, e.said, e.problem, e.person, e.client, e.at, e.received_at
  FROM tablet_entry e
 WHERE e.problem IS NOT NULL AND NOT EXISTS (SELECT FROM tablet_decision d WHERE d.entry = e.id)
   AND (%(id)s::uuid IS NULL OR e.id = %(id)s) AND (%(machine)s::text IS NULL OR e.machine = %(machine)s)
 ORDER BY e.written LIMIT %(most)s;

-- decide --
INSERT INTO tablet_decision (entry, decision, why, person, client)
VALUES (%(id)s, %(decision)s, %(why)s, %(person)s, %(client)s) ON CONFLICT DO NOTHING;

-- entries_in --
-- What was entered in a span: when, where, what, and what it has cost.
SELECT (extract(epoch FROM at) * 1000000)::bigint, machine, kind, touches, took_ms
  FROM tablet_entry WHERE at >= %(from)s AND at < %(to)s ORDER BY at;
