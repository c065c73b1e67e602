-- own_backend --
-- Which of the server's processes serves this connection.
SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid();

-- end_backend --
-- End one that serves a lost connection of ours, with the lock that it may still hold.
SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity
 WHERE pid = %(pid)s AND backend_start = %(since)s AND pid <> pg_backend_pid();

-- position --
-- How far the facts follow the frames, and the next instant of knowledge: now, and later than every one before.
SELECT transaction::text, inputs_hash,
       (extract(epoch FROM greatest(clock_timestamp(), known_at + interval '1 microsecond')) * 1000000)::bigint,
       (extract(epoch FROM known_at) * 1000000)::bigint
  FROM mes_position;

-- first_moment --
-- The first instant of knowledge.
SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;

-- set_position --
-- The facts now hold every frame before this transaction; what it changed is known since `known`.
INSERT INTO mes_position (transaction, inputs_hash, known_at, versions_since)
VALUES (%(transaction)s::xid8, %(inputs_hash)s, %(known)s, %(known)s)
ON CONFLICT (only_row) DO UPDATE
   SET transaction = excluded.transaction, inputs_hash = excluded.inputs_hash, known_at = excluded.known_at;

-- revise --
-- Numbers may have changed without a frame: whoever keeps some reads all of them anew.
UPDATE mes_position SET revision = revision + 1;

-- tick --
-- Nothing is new: what is known now is what was known, once a second.
UPDATE mes_position SET known_at = clock_timestamp() WHERE known_at < clock_timestamp() - interval '1 second';

-- forget_state_versions --
-- What was known to be otherwise before an instant goes, a bounded number of rows at once.
DELETE FROM state_history WHERE ctid = ANY (ARRAY(SELECT ctid FROM state_history WHERE known_to <= %(before)s LIMIT %(most)s));

-- forget_product_versions --
DELETE FROM product_history WHERE ctid = ANY (ARRAY(SELECT ctid FROM product_history WHERE known_to <= %(before)s LIMIT %(most)s));

-- forget_step_versions --
DELETE FROM step_history WHERE ctid = ANY (ARRAY(SELECT ctid FROM step_history WHERE known_to <= %(before)s LIMIT %(most)s));

-- versions_kept_since --
-- Nobody can be told any more what was known before an instant.
UPDATE mes_position SET versions_since = greatest(versions_since, %(before)s);

-- horizon --
-- Every transaction before this one has ended.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text;

-- facts_lag --
-- For how many seconds the oldest frame that is not in the facts has been there; no row when all are in.
SELECT extract(epoch FROM clock_timestamp() - f.ingested_at)::double precision
  FROM mes_position p JOIN frame f ON f.transaction >= p.transaction
 ORDER BY f.transaction LIMIT 1;

-- new_frames --
-- What the frames of the next transactions touched, at most so many transactions at once; what they changed in the gap
-- ledger, and which gaps have become certain. Two microseconds more, so that it reaches the sample after a gap.
WITH next AS (
    (SELECT DISTINCT transaction FROM frame
      WHERE transaction >= %(from)s::xid8 AND transaction < %(horizon)s::xid8
      ORDER BY transaction LIMIT %(most)s)
    UNION
    (SELECT DISTINCT transaction FROM sequence_gap
      WHERE certain AND transaction >= %(from)s::xid8 AND transaction < %(horizon)s::xid8
      ORDER BY transaction LIMIT %(most)s)
    ORDER BY transaction LIMIT %(most)s
), touched AS (
    SELECT transaction, machines, first_at, last_at FROM frame JOIN next USING (transaction)
     WHERE span_machines IS NULL
    UNION ALL
    SELECT transaction, ARRAY[apart.machine], apart.from_at, apart.to_at
      FROM frame JOIN next USING (transaction),
           unnest(span_machines, span_from, span_to) AS apart (machine, from_at, to_at)
    UNION ALL
    SELECT transaction, NULL, NULL, NULL FROM frame JOIN next USING (transaction) WHERE span_machines = '{}'
    UNION ALL
    SELECT transaction, changed_machines, changed_from, changed_to + interval '2 microseconds'
      FROM frame JOIN next USING (transaction) WHERE changed_from IS NOT NULL
    UNION ALL
    SELECT transaction, machines, from_at, to_at + interval '2 microseconds'
      FROM sequence_gap JOIN next USING (transaction) WHERE certain
)
SELECT transaction::text, machines,
       (extract(epoch FROM first_at) * 1000000)::bigint, (extract(epoch FROM last_at) * 1000000)::bigint
  FROM touched ORDER BY transaction;

-- late_spans --
-- Time of machines that waits to be made into facts.
SELECT machine, from_us, to_us FROM late_span WHERE done_at IS NULL ORDER BY machine, from_us;

-- take_late --
-- These spans do not wait any more, or wait as part of others.
DELETE FROM late_span l USING unnest(%(machines)s::text[], %(from)s::bigint[]) AS gone (machine, from_us)
 WHERE l.done_at IS NULL AND l.machine = gone.machine AND l.from_us = gone.from_us;

-- add_late --
-- Spans that wait, or that are done.
INSERT INTO late_span (machine, from_us, to_us, done_at)
SELECT machine, from_us, to_us, %(done)s::timestamptz
  FROM unnest(%(machines)s::text[], %(from)s::bigint[], %(to)s::bigint[]) AS s (machine, from_us, to_us);

-- drop_late --
-- Nothing waits of machines that are not in the plant file, or whose facts are all made anew.
DELETE FROM late_span WHERE done_at IS NULL AND machine <> ALL (%(machines)s::text[]);

-- forget_late --
-- Who shows facts has seen by now what was done.
DELETE FROM late_span WHERE done_at < %(before)s;

-- outage_spans --
-- Where it is on record that samples of some series are not there, [begin, end) within the reach of each.
-- A skipped frame may hold anything of its node's machines; frames that were dropped hold what the agent said.
-- Where nothing was read, what was known ends when that begins, and whatever comes in another way is known.
WITH wanted AS (
    SELECT n, machine, name, to_timestamp(0) + from_us * interval '1 microsecond' AS first_at,
           to_timestamp(0) + to_us * interval '1 microsecond' AS last_at
      FROM unnest(%(n)s::int[], %(machine)s::text[], %(name)s::text[], %(from)s::bigint[], %(to)s::bigint[])
        AS w(n, machine, name, from_us, to_us)
), found AS (
    SELECT n, from_at + interval '1 microsecond' AS begins, greatest(to_at, from_at + interval '2 microseconds') AS ends
      FROM wanted JOIN sequence_gap ON to_at >= first_at AND from_at <= last_at AND machine = ANY (machines)
     WHERE certain AND sequence_gap.cause = 'missing'
    UNION ALL
    SELECT n, from_at, to_at + interval '1 microsecond'
      FROM wanted JOIN collection_gap ON to_at >= first_at AND from_at <= last_at AND name = ANY (collection_gap.series)
     WHERE collection_gap.cause = 'journal_full'
    UNION ALL
    SELECT n, from_at + interval '1 microsecond', from_at + interval '2 microseconds'
      FROM wanted JOIN collection_gap ON from_at BETWEEN first_at - interval '1 microsecond' AND last_at
                             AND name = ANY (collection_gap.series)
     WHERE collection_gap.cause <> 'journal_full'
)
SELECT n, (extract(epoch FROM begins) * 1000000)::bigint, (extract(epoch FROM ends) * 1000000)::bigint FROM found;

-- series --
-- The numbers of all series.
SELECT machine, tag, series FROM series;

-- around --
-- For some series and spans, the instants of the last sample before and of the first one after, or where there is none
-- the span's own ends; with a memory the last one before that much before the span, and the first one after that much
-- after the first one after.
-- usable: only those may stand before and after that have a value which can be a code, or a count, not below `least`.
-- A quality with 4 in it belongs to a sample whose time cannot be true; marked is 8 of tags whose samples are texts.
WITH wanted AS (
    SELECT n, series, usable, least, marked, memory * interval '1 microsecond' AS memory,
           to_timestamp(0) + (from_us - memory) * interval '1 microsecond' AS first_at,
           to_timestamp(0) + to_us * interval '1 microsecond' AS last_at
      FROM unnest(%(series)s::int[], %(usable)s::bool[], %(least)s::float8[], %(marked)s::int[], %(memory)s::bigint[],
                  %(from)s::bigint[], %(to)s::bigint[])
           WITH ORDINALITY AS w(series, usable, least, marked, memory, from_us, to_us, n)
), followed AS (
    SELECT *, (SELECT min(at) FROM sample s WHERE s.series = wanted.series AND s.at > last_at AND quality & ~marked < 4
                                                AND (value BETWEEN least AND 9007199254740992 OR NOT usable)) AS next_at
      FROM wanted
)
SELECT coalesce((SELECT max(at) FROM sample s WHERE s.series = followed.series AND s.at < first_at AND quality & ~marked < 4
                                                AND (value BETWEEN least AND 9007199254740992 OR NOT usable)), first_at),
       CASE WHEN next_at IS NULL THEN last_at WHEN memory = interval '0' THEN next_at
            ELSE coalesce((SELECT min(at) FROM sample s WHERE s.series = followed.series AND s.at > next_at + memory
                                                          AND quality & ~marked < 4
                                                          AND (value BETWEEN least AND 9007199254740992 OR NOT usable)),
                          next_at + memory) END
  FROM followed ORDER BY n;

-- samples --
-- The samples of some series from one instant to another, both in it, as columns, in whatever order they lie.
SELECT found.* FROM unnest(%(series)s::int[], %(marked)s::int[], %(from)s::timestamptz[], %(to)s::timestamptz[])
       WITH ORDINALITY AS w(series, marked, from_at, to_at, n), LATERAL (
       SELECT array_agg(at), array_agg(coalesce(value, 'NaN'))
         FROM sample s WHERE s.series = w.series AND at >= from_at AND at <= to_at AND quality & ~marked < 4) AS found
 ORDER BY n;

-- samples_in_order --
-- As samples, in an order that is total up to equal values, so that the same samples of one instant give the same facts
-- whatever the heap looks like.
SELECT found.* FROM unnest(%(series)s::int[], %(marked)s::int[], %(from)s::timestamptz[], %(to)s::timestamptz[])
       WITH ORDINALITY AS w(series, marked, from_at, to_at, n), LATERAL (
       SELECT array_agg(at), array_agg(coalesce(value, 'NaN'))
         FROM (SELECT at, value
                 FROM sample s WHERE s.series = w.series AND at >= from_at AND at <= to_at AND quality & ~marked < 4
                ORDER BY at, edge_at, node, epoch, seq, value) AS sorted) AS found
 ORDER BY n;

-- texts --
-- The texts with some numbers.
SELECT number, text FROM text_value WHERE number = ANY (%(numbers)s);

-- reach --
-- From when to when there are samples of each machine, whatever its tags are called now; no row where there are none.
SELECT machine, (extract(epoch FROM min(first_at)) * 1000000)::bigint, (extract(epoch FROM max(last_at)) * 1000000)::bigint
  FROM series, LATERAL (SELECT (SELECT min(at) FROM sample s WHERE s.series = series.series AND quality & 4 = 0) AS first_at,
                               (SELECT max(at) FROM sample s WHERE s.series = series.series AND quality & 4 = 0) AS last_at) AS reach
 WHERE machine = ANY(%(machines)s) AND first_at IS NOT NULL
 GROUP BY machine;

-- has_steps --
-- Of each counter whether it has a step before an instant; there, one that was not the first reading of all.
SELECT coalesce((SELECT s.at < w.before OR s.at = w.before AND s.since > to_timestamp(0) FROM count_step s
                  WHERE s.machine = w.machine AND s.counter = w.counter ORDER BY s.at LIMIT 1), false)
  FROM (SELECT machine, counter, to_timestamp(0) + before_us * interval '1 microsecond' AS before, n
          FROM unnest(%(machines)s::text[], %(counters)s::text[], %(before)s::bigint[])
               WITH ORDINALITY AS u(machine, counter, before_us, n)) AS w
 ORDER BY n;

-- notify --
-- Wakes the wall and the alerts after the commit.
SELECT pg_notify('shopfloor_facts', '');

-- anything_new --
-- Whether something waits to become known that is no frame.
SELECT EXISTS (SELECT FROM calendar_override WHERE known_from IS NULL)
    OR EXISTS (SELECT FROM calendar_week WHERE known_from IS NULL)
    OR EXISTS (SELECT FROM edit WHERE known_from IS NULL)
    OR EXISTS (SELECT FROM ideal_cycle WHERE known_from IS NULL)
    OR EXISTS (SELECT FROM run WHERE known_from IS NULL OR (gone AND known_to IS NULL))
    OR EXISTS (SELECT FROM production_quantity WHERE known_from IS NULL);

-- take_weeks --
-- Weeks become known.
UPDATE calendar_week SET known_from = %(known)s WHERE known_from IS NULL RETURNING id, since, by, why;

-- take_overrides --
-- Exceptions become known.
UPDATE calendar_override SET known_from = %(known)s WHERE known_from IS NULL RETURNING id, day, by, why;

-- wake_keeper --
-- Something waits for the keeper of the facts.
SELECT pg_notify('shopfloor_frame', '');

-- take_edits --
-- Edits become known.
UPDATE edit SET known_from = %(known)s WHERE known_from IS NULL
RETURNING id, machine, (extract(epoch FROM from_at) * 1000000)::bigint, (extract(epoch FROM to_at) * 1000000)::bigint,
          by, why;

-- take_cycles --
-- Ideal cycles become known.
UPDATE ideal_cycle SET known_from = %(known)s WHERE known_from IS NULL
RETURNING id, machine, product, (extract(epoch FROM from_at) * 1000000)::bigint, by, why;

-- take_quantities --
-- What people report of operations becomes known.
-- Of scrap each instant in the runs of its operation that it may be booked at.
WITH taken AS (
    UPDATE production_quantity SET known_from = %(known)s WHERE known_from IS NULL
    RETURNING operation, kind, made_at, coalesce(person, client) AS by, comment
)
SELECT r.machine, (extract(epoch FROM greatest(r.from_at, least(t.made_at, r.to_at - interval '1 microsecond'))) * 1000000)::bigint,
       t.by, t.comment
  FROM taken t JOIN run r ON r.operation = t.operation AND NOT r.gone WHERE t.kind = 'scrap';

-- take_runs --
-- Runs of operations become known; those that hold no more were known until now, if ever.
WITH never AS (
    DELETE FROM run WHERE gone AND known_from IS NULL
), old AS (
    UPDATE run SET known_to = %(known)s WHERE gone AND known_to IS NULL AND known_from IS NOT NULL RETURNING *
), new AS (
    UPDATE run SET known_from = %(known)s WHERE known_from IS NULL AND NOT gone RETURNING *
)
SELECT r.machine, r.line, (extract(epoch FROM r.from_at) * 1000000)::bigint, (extract(epoch FROM r.to_at) * 1000000)::bigint,
       r.gone, r.work_order, r.by, r.why
  FROM (SELECT * FROM old UNION ALL SELECT * FROM new) AS r ORDER BY r.id;

-- was_known --
-- Of some machines those of which something was known before this transaction, and since when they have data.
SELECT machine, (extract(epoch FROM min(at)) * 1000000)::bigint FROM state_change
 WHERE machine = ANY(%(machines)s) AND known_from < %(known)s GROUP BY machine;

-- first_data --
-- The first instant of which anything is known.
SELECT (extract(epoch FROM min(at)) * 1000000)::bigint FROM (
    SELECT least((SELECT min(at) FROM state_change s WHERE s.machine = w.machine),
                 (SELECT min(at) FROM count_step s WHERE s.machine = w.machine AND s.counter = 'total'),
                 (SELECT min(at) FROM count_step s WHERE s.machine = w.machine AND s.counter = 'good')) AS at
      FROM unnest(%(machines)s::text[]) AS w(machine)) AS firsts;

-- extend_restatement --
-- Late data of a machine belong to the restatement that they have begun, while they trickle in.
UPDATE restatement SET from_at = least(from_at, %(from)s), to_at = greatest(to_at, %(to)s), known_at = %(known)s
 WHERE id = (SELECT max(id) FROM restatement WHERE machine = %(machine)s AND cause = %(cause)s
                AND known_at > %(known)s - interval '10 minutes')
RETURNING id, from_at, to_at, known_before;

-- add_restatement --
INSERT INTO restatement (machine, from_at, to_at, cause, cause_id, by, why, known_before, known_at)
VALUES (%(machine)s, %(from)s, %(to)s, %(cause)s, %(cause_id)s, %(by)s, %(why)s, %(before)s, %(known)s)
RETURNING id, from_at, to_at, known_before;

-- next_boundary --
-- For each of some instants of machines, where the state or product that holds at it ends; infinity where it is open.
SELECT (extract(epoch FROM greatest(
           coalesce((SELECT min(s.at) FROM state_change s WHERE s.machine = w.machine AND s.at > w.at), 'infinity'),
           coalesce((SELECT min(p.at) FROM product_change p WHERE p.machine = w.machine AND p.at > w.at), '-infinity')
       )) * 1000000)::numeric
  FROM unnest(%(machine)s::text[], %(at)s::timestamptz[]) WITH ORDINALITY AS w(machine, at, n) ORDER BY n;

-- late_waits --
-- Whether late samples of some machines in a window wait to be made into facts.
SELECT EXISTS (SELECT FROM late_span
                WHERE done_at IS NULL AND machine = ANY (%(machines)s) AND from_us < %(to)s AND to_us >= %(from)s);
