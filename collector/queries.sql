-- lock_node --
-- One writer at a time for each node, so that its gaps are counted right.
SELECT pg_advisory_xact_lock(hashtextextended('shopfloor-node-' || %(node)s::text, 0));

-- add_nodes --
-- A number for each node that has none yet; a conflict would use up a number, and there are few.
INSERT INTO node (node)
SELECT name FROM unnest(%(nodes)s::text[]) AS name WHERE NOT EXISTS (SELECT FROM node WHERE node.node = name)
ON CONFLICT (node) DO NOTHING;

-- nodes --
-- The numbers of these nodes.
SELECT node, number FROM node WHERE node = ANY(%(nodes)s);

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
                   before, edge_from, edge_to, held_out)
VALUES (%(node)s, %(epoch)s, %(seq)s, %(lane)s, %(machines)s, %(samples)s, %(first_at)s, %(last_at)s, %(sha256)s,
        %(before)s, %(edge_from)s, %(edge_to)s, %(held_out)s)
ON CONFLICT DO NOTHING
RETURNING seq;

-- gaps --
-- What is missing of a node's epoch.
SELECT first_seq, last_seq FROM gap WHERE node = %(node)s AND epoch = %(epoch)s;

-- forget_gap --
-- A gap that has been filled or has become smaller.
DELETE FROM gap WHERE node = %(node)s AND epoch = %(epoch)s AND first_seq = %(first)s;

-- add_gap --
-- Numbers that were given but have not come.
INSERT INTO gap (node, epoch, first_seq, last_seq) VALUES (%(node)s, %(epoch)s, %(first)s, %(last)s);

-- close_unread --
-- An agent that starts anew ends what its earlier life had left open.
UPDATE unread SET to_at = greatest(from_at, %(from)s) WHERE node = %(node)s AND device = %(device)s AND to_at IS NULL;

-- add_unread --
-- A span that was not read or not kept; told again when it has ended.
INSERT INTO unread (node, cause, device, from_at, to_at, series, lost, epoch, first_seq, last_seq)
VALUES (%(node)s, %(cause)s, %(device)s, %(from)s, %(to)s, %(series)s, %(lost)s, %(epoch)s, %(first)s, %(last)s)
ON CONFLICT (node, cause, device, from_at, epoch) DO UPDATE SET
    to_at = coalesce(excluded.to_at, unread.to_at), series = excluded.series, lost = greatest(excluded.lost, unread.lost),
    first_seq = least(excluded.first_seq, unread.first_seq), last_seq = greatest(excluded.last_seq, unread.last_seq);

-- add_clock --
-- How far a clock was off in a minute, by the least that several collectors have seen.
INSERT INTO clock (source, minute, offset_us, samples) VALUES (%(source)s, %(minute)s, %(offset_us)s, %(samples)s)
ON CONFLICT (source, minute) DO UPDATE SET
    offset_us = least(excluded.offset_us, clock.offset_us), samples = excluded.samples + clock.samples;

-- status --
-- What a node said of itself, or its will said of it; a will of an earlier life comes too late to count.
UPDATE node SET state = %(state)s, epoch = %(epoch)s, since = clock_timestamp()
 WHERE node = %(node)s AND (state, epoch) IS DISTINCT FROM (%(state)s, %(epoch)s)
   AND (epoch <= %(epoch)s OR %(state)s = 'online');

-- reject --
-- A message that broke the contract; nothing when it is on record already.
INSERT INTO reject (topic, reason, payload, sha256, node, epoch, seq)
VALUES (%(topic)s, %(reason)s, %(payload)s, %(sha256)s, %(node)s, %(epoch)s, %(seq)s)
ON CONFLICT (sha256) DO NOTHING
RETURNING id;

-- notify --
-- Wakes the readers after the commit.
SELECT pg_notify('shopfloor_frame', '');
