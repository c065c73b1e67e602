-- lives --
-- The numbers of each epoch that belong to a window: after the last one that was read before its begin, up to the last
-- one that was read before its end. An epoch of which nothing came belongs where its agent ended.
WITH here AS (
    SELECT node, epoch, min(seq) AS lowest, max(seq) AS up_to FROM frame
     WHERE edge_from >= %(from)s AND edge_from < %(to)s AND (%(node)s::text IS NULL OR node = %(node)s)
     GROUP BY node, epoch
), before AS (
    SELECT node, epoch, max(seq) AS seq FROM frame
     WHERE edge_from >= %(from)s - interval '1 hour' AND edge_from < %(from)s GROUP BY node, epoch
), lives AS (
    SELECT here.node, here.epoch, up_to,
           coalesce(before.seq, (SELECT max(f.seq) FROM frame f
                                  WHERE f.node = here.node AND f.epoch = here.epoch AND f.seq < lowest), 0) AS after
      FROM here LEFT JOIN before ON before.node = here.node AND before.epoch = here.epoch
    UNION ALL
    SELECT DISTINCT u.node, u.epoch, 0::bigint, 0::bigint FROM collection_gap u
     WHERE u.cause = 'agent_down' AND u.numbered > 0 AND u.from_at >= %(from)s AND u.from_at < %(to)s
       AND (%(node)s::text IS NULL OR u.node = %(node)s)
       AND NOT EXISTS (SELECT FROM frame f WHERE f.node = u.node AND f.epoch = u.epoch)
)
SELECT l.node, l.epoch, l.after, l.up_to,
       coalesce((SELECT f.before + f.samples FROM frame f
                  WHERE f.node = l.node AND f.epoch = l.epoch AND f.seq = l.after), 0) AS start,
       coalesce((SELECT f.before + f.samples FROM frame f
                  WHERE f.node = l.node AND f.epoch = l.epoch AND f.seq = l.up_to), 0) AS "end",
       coalesce((SELECT max(f.seq) FROM frame f WHERE f.node = l.node AND f.epoch = l.epoch), 0) AS highest,
       n.frames, n.stored, n.held_out,
       NOT EXISTS (SELECT FROM frame f WHERE f.node = l.node AND f.epoch > l.epoch) AS latest,
       (SELECT max(u.last_seq) FROM collection_gap u
         WHERE u.node = l.node AND u.epoch = l.epoch AND u.cause = 'agent_down' AND u.numbered > 0) AS ended_seq,
       (SELECT max(u.numbered) FROM collection_gap u
         WHERE u.node = l.node AND u.epoch = l.epoch AND u.cause = 'agent_down') AS ended_samples
  FROM lives l,
       LATERAL (SELECT count(*) AS frames, coalesce(sum(f.samples), 0)::bigint AS stored,
                       coalesce(sum(f.held_out), 0)::bigint AS held_out
                  FROM frame f WHERE f.node = l.node AND f.epoch = l.epoch AND f.seq > l.after AND f.seq <= l.up_to) AS n
 WHERE l.up_to > l.after OR l.up_to = 0
 ORDER BY l.node, l.epoch;

-- holes --
-- Where the frames of some epochs do not follow each other, by number or by the count of samples before them.
WITH wanted AS (
    SELECT * FROM unnest(%(n)s::int[], %(nodes)s::text[], %(epochs)s::int[], %(after)s::bigint[], %(up_to)s::bigint[])
        AS w(n, node, epoch, after, up_to)
), ordered AS (
    SELECT n, after, f.seq, f.before, f.edge_from,
           lag(f.seq, 1, 0::bigint) OVER numbers AS earlier_seq,
           lag(f.before + f.samples, 1, 0::bigint) OVER numbers AS earlier_end,
           lag(f.edge_to) OVER numbers AS earlier_at
      FROM wanted JOIN frame f ON f.node = wanted.node AND f.epoch = wanted.epoch
                              AND f.seq >= wanted.after AND f.seq <= wanted.up_to
    WINDOW numbers AS (PARTITION BY n ORDER BY f.seq)
)
SELECT n, earlier_seq + 1, seq - 1, before - earlier_end, earlier_at, edge_from
  FROM ordered
 WHERE seq > after AND (seq <> earlier_seq + 1 OR before <> earlier_end)
 ORDER BY n, seq;

-- drops --
-- What agents have told that they gave up of some epochs.
SELECT n, first_seq, last_seq, lost
  FROM unnest(%(n)s::int[], %(nodes)s::text[], %(epochs)s::int[]) AS w(n, node, epoch)
  JOIN collection_gap u ON u.node = w.node AND u.epoch = w.epoch AND u.cause = 'journal_full'
 ORDER BY n, first_seq, last_seq;

-- refused --
-- The rejected frames of some epochs from a number on; not those that came whole as well.
SELECT n, r.seq, r.payload
  FROM unnest(%(n)s::int[], %(nodes)s::text[], %(epochs)s::int[], %(after)s::bigint[]) AS w(n, node, epoch, after)
  JOIN rejected_message r ON r.node = w.node AND r.epoch = w.epoch AND r.seq > w.after
 WHERE NOT EXISTS (SELECT FROM frame f WHERE f.node = r.node AND f.epoch = w.epoch AND f.seq = r.seq)
 ORDER BY n, r.seq, r.id;

-- never_numbered --
-- Samples that a disk without room made agents drop before they had a number.
SELECT node, sum(lost)::bigint FROM collection_gap
 WHERE cause = 'journal_full' AND epoch = 0 AND from_at >= %(from)s AND from_at < %(to)s
   AND (%(node)s::text IS NULL OR node = %(node)s)
 GROUP BY node ORDER BY node;

-- spans --
-- What was not read or not kept in a window, as agents told it, the oldest first.
SELECT node, cause, device, from_at, to_at, series, lost, epoch, first_seq, last_seq FROM collection_gap
 WHERE from_at < %(to)s AND (to_at IS NULL OR to_at >= %(from)s) AND (%(node)s::text IS NULL OR node = %(node)s)
 ORDER BY from_at, node, device, cause, epoch, first_seq LIMIT %(most)s;

-- counted --
-- The rows of table sample that belong to frames of some epochs, but for those whose time cannot be true.
SELECT n, count(*)
  FROM unnest(%(n)s::int[], %(nodes)s::text[], %(epochs)s::int[], %(after)s::bigint[], %(up_to)s::bigint[])
       AS w(n, node, epoch, after, up_to)
  JOIN node ON node.node = w.node
 CROSS JOIN LATERAL (SELECT min(f.first_at) AS first_at, max(f.last_at) AS last_at FROM frame f
                      WHERE f.node = w.node AND f.epoch = w.epoch AND f.seq > w.after AND f.seq <= w.up_to) AS reach
  JOIN sample s ON s.at BETWEEN reach.first_at AND reach.last_at AND s.node = node.number AND s.epoch = w.epoch
               AND s.seq > w.after AND s.seq <= w.up_to AND s.quality & 4 = 0
 GROUP BY n;

-- restatements --
-- What changed in windows that were final, the newest first; a machine's own and those of all.
SELECT id, machine, from_at, to_at, cause, cause_id, by, why, known_before, known_at FROM restatement
 WHERE (machine IS NULL OR machine = ANY(%(machines)s))
   AND (%(from)s::timestamptz IS NULL OR to_at > %(from)s) AND (%(to)s::timestamptz IS NULL OR from_at < %(to)s)
   AND (%(before)s::bigint IS NULL OR id < %(before)s)
 ORDER BY id DESC LIMIT %(limit)s;

-- receipt_end --
-- The instant of the first fact of a window that is beyond so many; no row where a receipt holds them all.
SELECT at FROM (SELECT at FROM states_known(%(as_of)s) s
                 WHERE s.machine = ANY(%(machines)s) AND at > %(from)s AND at < %(to)s
                UNION ALL
                SELECT at FROM steps_known(%(as_of)s) s
                 WHERE s.machine = ANY(%(machines)s) AND at >= %(from)s AND at < %(to)s) AS fact
 ORDER BY at OFFSET %(most)s LIMIT 1;

-- origins --
-- The samples behind facts, each with the frame that brought it: of a state the last one at or before an instant, of a
-- counter the usable one at it; of several at one instant the one that won. No row where it is not kept any more.
SELECT w.n, (extract(epoch FROM o.at) * 1000000)::bigint, o.value, o.quality, o.node, o.epoch, o.seq,
       encode(o.sha256, 'hex'), (extract(epoch FROM o.ingested_at) * 1000000)::bigint
  FROM unnest(%(n)s::int[], %(series)s::int[], %(at)s::timestamptz[], %(counter)s::bool[]) AS w(n, series, at, counter),
       LATERAL (
       (SELECT s.at, s.value, s.quality, f.node, f.epoch, f.seq, f.sha256, f.ingested_at
          FROM sample s JOIN node ON node.number = s.node
          JOIN frame f ON f.node = node.node AND f.epoch = s.epoch AND f.seq = s.seq
         WHERE w.counter AND s.series = w.series AND s.at = w.at AND s.quality < 4 AND abs(s.value) <= 9007199254740992
           AND f.ingested_at <= %(as_of)s
         ORDER BY s.edge_at DESC, s.node DESC, s.epoch DESC, s.seq DESC, s.value DESC LIMIT 1)
       UNION ALL
       (SELECT s.at, s.value, s.quality, f.node, f.epoch, f.seq, f.sha256, f.ingested_at
          FROM sample s JOIN node ON node.number = s.node
          JOIN frame f ON f.node = node.node AND f.epoch = s.epoch AND f.seq = s.seq
         WHERE NOT w.counter AND s.series = w.series AND s.quality < 4 AND f.ingested_at <= %(as_of)s
           AND s.at = (
               -- By the index, backwards from the instant: as a join with frame, all earlier samples could be read.
               SELECT x.at FROM sample x
                WHERE x.series = w.series AND x.at <= w.at AND x.quality < 4
                  AND (SELECT g.ingested_at FROM node m
                         JOIN frame g ON g.node = m.node AND g.epoch = x.epoch AND g.seq = x.seq
                        WHERE m.number = x.node) <= %(as_of)s
                ORDER BY x.at DESC LIMIT 1)
         ORDER BY s.edge_at DESC, s.node DESC, s.epoch DESC, s.seq DESC, s.value DESC LIMIT 1)) AS o;

-- receipt_edits --
-- The edits that touch spans of machines, in the order in which they became known, with who and why.
SELECT e.machine, e.id, e.kind, (extract(epoch FROM e.from_at) * 1000000)::bigint,
       (extract(epoch FROM e.to_at) * 1000000)::bigint, e.state, e.reason, e.comment, e.undoes, e.by, e.why,
       (extract(epoch FROM e.at) * 1000000)::bigint
  FROM unnest(%(machines)s::text[], %(from)s::timestamptz[], %(to)s::timestamptz[]) AS w(machine, from_at, to_at)
  JOIN edit e ON e.machine = w.machine AND e.to_at >= w.from_at AND e.from_at <= w.to_at
 WHERE e.known_from <= %(as_of)s
 ORDER BY e.machine, e.known_from, e.id;

-- series_of --
-- The numbers of the series of machines.
SELECT machine, tag, series FROM series WHERE machine = ANY(%(machines)s);
