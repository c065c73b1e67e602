-- lock_node --
-- One writer at a time for each node, so that its gaps are counted right.
SELECT pg_advisory_xact_lock(hashtextextended('shopfloor-node-' || %(node)s::text, 0));

-- end_dead_copies --
-- Ends the connections of this role and name that stand in a COPY of which nothing has come for so long; how many.
SELECT count(*) FROM (
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE usename = current_user AND application_name = current_setting('application_name') AND pid <> pg_backend_pid()
       AND state = 'active' AND wait_event = 'ClientRead' AND query_start < clock_timestamp() - %(silent)s::interval) AS ended;

-- add_nodes --
-- A number for each node that has none yet; a conflict would use up a number, and there are few.
INSERT INTO node (node)
SELECT name FROM unnest(%(nodes)s::text[]) AS name WHERE NOT EXISTS (SELECT FROM node WHERE node.node = name)
ON CONFLICT (node) DO NOTHING;

-- nodes --
-- The numbers of these nodes.
SELECT node, number FROM node WHERE node = ANY(%(nodes)s);

-- assign --
-- Which node reads each machine from now on, where it is another one than before; the first one has for ever.
INSERT INTO assignment (machine, since, node)
SELECT given.machine, CASE WHEN latest.node IS NULL THEN timestamptz '2000-01-01' ELSE clock_timestamp() END, given.node
  FROM unnest(%(machines)s::text[], %(nodes)s::text[]) AS given (machine, node)
  LEFT JOIN LATERAL (SELECT a.node FROM assignment a
                      WHERE a.machine = given.machine ORDER BY a.since DESC LIMIT 1) AS latest ON true
 WHERE latest.node IS DISTINCT FROM given.node
ON CONFLICT DO NOTHING;

-- assignments --
-- Every assignment that there was, in the order of time.
SELECT machine, since, node FROM assignment ORDER BY machine, since;

-- add_series --
-- A number for each series that has none yet.
INSERT INTO series (machine, tag)
SELECT * FROM unnest(%(machines)s::text[], %(tags)s::text[]) EXCEPT SELECT machine, tag FROM series
ON CONFLICT DO NOTHING;

-- series --
-- The numbers of these series.
SELECT s.machine, s.tag, s.series
  FROM series s JOIN unnest(%(machines)s::text[], %(tags)s::text[]) AS wanted(machine, tag) USING (machine, tag);

-- add_texts --
-- A number for each text that has none yet.
INSERT INTO text_value (text)
SELECT text FROM unnest(%(texts)s::text[]) AS text EXCEPT SELECT text FROM text_value WHERE text = ANY(%(texts)s)
 ORDER BY text
ON CONFLICT DO NOTHING;

-- texts --
-- The numbers of these texts.
SELECT text, number FROM text_value WHERE text = ANY(%(texts)s);

-- highest --
-- The highest sequence number that has come from a node in an epoch, NULL when none has.
SELECT max(seq) FROM frame WHERE node = %(node)s AND epoch = %(epoch)s;

-- add_frame --
-- A frame into the ledger; nothing when it is there already.
INSERT INTO frame (node, epoch, seq, lane, machines, samples, first_at, last_at, sha256,
                   before, edge_from, edge_to, held_out, span_machines, span_from, span_to)
VALUES (%(node)s, %(epoch)s, %(seq)s, %(lane)s, %(machines)s, %(samples)s, %(first_at)s, %(last_at)s, %(sha256)s,
        %(before)s, %(edge_from)s, %(edge_to)s, %(held_out)s,
        %(span_machines)s::text[], %(span_from)s::timestamptz[], %(span_to)s::timestamptz[])
ON CONFLICT DO NOTHING
RETURNING seq;

-- learn_machines --
-- Machines of which a node sends samples for the first time.
UPDATE node SET machines = ARRAY(SELECT DISTINCT unnest(machines || %(machines)s::text[]) ORDER BY 1)
 WHERE node = %(node)s AND NOT machines @> %(machines)s::text[];

-- gaps --
-- What is missing of a node's epoch; locked, so that nobody makes it certain meanwhile.
SELECT first_seq, last_seq, from_at, to_at, noticed_at, certain, transaction::text
  FROM sequence_gap WHERE node = %(node)s AND epoch = %(epoch)s FOR UPDATE;

-- forget_gap --
-- A gap that has been filled or has become smaller.
DELETE FROM sequence_gap WHERE node = %(node)s AND epoch = %(epoch)s AND first_seq = %(first)s;

-- add_gap --
-- Numbers that were given but have not come, between the edge times of the frames beside them.
-- What is left of a gap is nothing new to its readers: it keeps that gap's transaction.
INSERT INTO sequence_gap (node, epoch, first_seq, last_seq, noticed_at, certain, transaction, cause, machines, from_at, to_at)
SELECT n.node, %(epoch)s, %(first)s, %(last)s, coalesce(%(noticed_at)s::timestamptz, clock_timestamp()), %(certain)s,
       coalesce(%(transaction)s::text::xid8, pg_current_xact_id()), %(cause)s, n.machines, least(earlier.edge_to, later.edge_from), greatest(earlier.edge_to, later.edge_from)
  FROM node n
  JOIN frame later ON later.node = n.node AND later.epoch = %(epoch)s AND later.seq = %(last)s + 1
  LEFT JOIN LATERAL (SELECT f.edge_to FROM frame f
                      WHERE f.node = n.node AND (f.epoch, f.seq) <= (%(epoch)s, %(first)s - 1)
                      ORDER BY f.epoch DESC, f.seq DESC LIMIT 1) AS earlier ON true
 WHERE n.node = %(node)s
RETURNING from_at, to_at;

-- explain_gaps --
-- Gaps whose frames the agent has given up.
UPDATE sequence_gap SET cause = 'dropped' WHERE node = %(node)s AND epoch = %(epoch)s AND first_seq = ANY (%(first)s::bigint[]);

-- make_certain --
-- Gaps that are older than frames stay on their way.
UPDATE sequence_gap SET certain = true, transaction = pg_current_xact_id()
 WHERE NOT certain AND noticed_at <= clock_timestamp() - %(after)s::interval
RETURNING first_seq;

-- changed --
-- This frame has changed what is known of a span: a hull of all that it has changed.
UPDATE frame f SET
    changed_from = least(f.changed_from, %(from)s), changed_to = greatest(f.changed_to, %(to)s),
    changed_machines = ARRAY(SELECT DISTINCT unnest(coalesce(f.changed_machines, '{}') ||
        CASE WHEN cardinality(%(machines)s::text[]) = 0 THEN n.machines ELSE %(machines)s::text[] END) ORDER BY 1)
  FROM node n
 WHERE n.node = f.node AND f.node = %(node)s AND f.epoch = %(epoch)s AND f.seq = %(seq)s;

-- dropped --
-- Which numbers of an epoch lie within what the agent has given up.
SELECT first_seq, last_seq FROM collection_gap WHERE node = %(node)s AND epoch = %(epoch)s AND cause = 'journal_full';

-- missing --
-- How many frames were numbered, have not come, and were not told as dropped; of all nodes.
SELECT coalesce(sum(last_seq::numeric - first_seq + 1), 0) FROM sequence_gap WHERE cause = 'missing';

-- close_collection_gap --
-- An agent that starts anew ends what its earlier life had left open.
UPDATE collection_gap SET to_at = greatest(from_at, %(from)s) WHERE node = %(node)s AND device = %(device)s AND to_at IS NULL;

-- add_collection_gap --
-- A span that was not read or not kept; told again when it has ended, and when a device's history has filled it:
-- it only becomes shorter, whatever order the frames come in.
INSERT INTO collection_gap (node, cause, device, from_at, to_at, series, lost, epoch, first_seq, last_seq,
                    told_epoch, told_seq, nth, numbered)
VALUES (%(node)s, %(cause)s, %(device)s, %(from)s, %(to)s, %(series)s, %(lost)s, %(epoch)s, %(first)s, %(last)s,
        %(told_epoch)s, %(told_seq)s, %(nth)s, %(numbered)s)
ON CONFLICT (node, cause, device, from_at, epoch, told_epoch, told_seq, nth) DO UPDATE SET
    to_at = least(excluded.to_at, collection_gap.to_at),
    series = CASE WHEN collection_gap.to_at IS NULL THEN excluded.series
                  ELSE ARRAY(SELECT name FROM unnest(collection_gap.series) WITH ORDINALITY AS old(name, nth)
                              WHERE name = ANY (excluded.series) ORDER BY old.nth) END;

-- add_clock --
-- How far a clock was off in a minute, by the least that several collectors have seen.
INSERT INTO clock (source, minute, offset_us, samples) VALUES (%(source)s, %(minute)s, %(offset_us)s, %(samples)s)
ON CONFLICT (source, minute) DO UPDATE SET
    offset_us = least(excluded.offset_us, clock.offset_us), samples = excluded.samples + clock.samples;

-- forget_clocks --
-- What clocks showed before an instant.
DELETE FROM clock WHERE minute < %(before)s;

-- status --
-- What a node said of itself, or its will said of it; a will of an earlier life comes too late to count.
UPDATE node SET state = %(state)s, epoch = %(epoch)s, since = clock_timestamp()
 WHERE node = %(node)s AND (state, epoch) IS DISTINCT FROM (%(state)s, %(epoch)s)
   AND (epoch <= %(epoch)s OR %(state)s = 'online');

-- reject_message --
-- A message that broke the contract; nothing when it is on record already.
INSERT INTO rejected_message (topic, reason, payload, sha256, node, epoch, seq)
VALUES (%(topic)s, %(reason)s, %(payload)s, %(sha256)s, %(node)s, %(epoch)s, %(seq)s)
ON CONFLICT (sha256) DO NOTHING
RETURNING id;

-- reject_counted --
-- How many messages of a minute were only counted; the row grows with the count.
INSERT INTO rejected_message (topic, reason, payload, sha256) VALUES ('', %(reason)s, '', %(sha256)s)
ON CONFLICT (sha256) DO UPDATE SET reason = excluded.reason;

-- notify --
-- Wakes the readers after the commit.
SELECT pg_notify('shopfloor_frame', '');
