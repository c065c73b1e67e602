-- own_backend --
-- Which of the server's processes serves this connection.
SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid();

-- end_backend --
-- End one that serves a lost connection of ours, with the lock that it may still hold.
SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity
 WHERE pid = %(pid)s AND backend_start = %(since)s AND pid <> pg_backend_pid();

-- position --
-- How far the facts follow the frames, and the next instant of knowledge: now, and later than every one before.
SELECT transaction::text, basis,
       (extract(epoch FROM greatest(clock_timestamp(), known_at + interval '1 microsecond')) * 1000000)::bigint,
       (extract(epoch FROM known_at) * 1000000)::bigint
  FROM mes_position;

-- first_moment --
-- The first instant of knowledge.
SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;

-- set_position --
-- The facts now hold every frame before this transaction; what it changed is known since `known`.
INSERT INTO mes_position (transaction, basis, known_at, versions_since)
VALUES (%(transaction)s::xid8, %(basis)s, %(known)s, %(known)s)
ON CONFLICT (only_row) DO UPDATE
   SET transaction = excluded.transaction, basis = excluded.basis, known_at = excluded.known_at;

-- revise --
-- Numbers may have changed without a frame: whoever keeps some reads all of them anew.
UPDATE mes_position SET revision = revision + 1;

-- tick --
-- Nothing is new: what is known now is what was known, once a second.
UPDATE mes_position SET known_at = clock_timestamp() WHERE known_at < clock_timestamp() - interval '1 second';

-- forget_state_versions --
-- What was known to be otherwise before an instant goes, a bounded number of rows at once.
DELETE FROM state_past WHERE ctid = ANY (ARRAY(SELECT ctid FROM state_past WHERE known_to <= %(before)s LIMIT %(most)s));

-- forget_product_versions --
DELETE FROM product_past WHERE ctid = ANY (ARRAY(SELECT ctid FROM product_past WHERE known_to <= %(before)s LIMIT %(most)s));

-- forget_step_versions --
DELETE FROM step_past WHERE ctid = ANY (ARRAY(SELECT ctid FROM step_past WHERE known_to <= %(before)s LIMIT %(most)s));

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
    (SELECT DISTINCT transaction FROM gap
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
      FROM gap JOIN next USING (transaction) WHERE certain
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

-- blind_spans --
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
      FROM wanted JOIN gap ON to_at >= first_at AND from_at <= last_at AND machine = ANY (machines)
     WHERE certain AND gap.cause = 'missing'
    UNION ALL
    SELECT n, from_at, to_at + interval '1 microsecond'
      FROM wanted JOIN unread ON to_at >= first_at AND from_at <= last_at AND name = ANY (unread.series)
     WHERE unread.cause = 'journal_full'
    UNION ALL
    SELECT n, from_at + interval '1 microsecond', from_at + interval '2 microseconds'
      FROM wanted JOIN unread ON from_at BETWEEN first_at - interval '1 microsecond' AND last_at
                             AND name = ANY (unread.series)
     WHERE unread.cause <> 'journal_full'
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

-- old_state --
-- For each of some spans (open at the start, closed at the end) the rows of a machine's state tape as columns.
SELECT found.* FROM unnest(%(which)s::bigint[], %(from)s::bigint[], %(to)s::bigint[])
       WITH ORDINALITY AS w(which, from_us, to_us, n), LATERAL (
       SELECT array_agg(at), array_agg(state) FROM state_change
        WHERE machine = (%(machines)s::text[])[which + 1] AND at > to_timestamp(0) + from_us * interval '1 microsecond'
          AND at <= to_timestamp(0) + to_us * interval '1 microsecond') AS found
 ORDER BY n;

-- old_product --
-- As old_state, of the product tapes.
SELECT found.* FROM unnest(%(which)s::bigint[], %(from)s::bigint[], %(to)s::bigint[])
       WITH ORDINALITY AS w(which, from_us, to_us, n), LATERAL (
       SELECT array_agg(at), array_agg(product) FROM product_change
        WHERE machine = (%(machines)s::text[])[which + 1] AND at > to_timestamp(0) + from_us * interval '1 microsecond'
          AND at <= to_timestamp(0) + to_us * interval '1 microsecond') AS found
 ORDER BY n;

-- old_order --
-- As old_state, of what order tags show.
SELECT found.* FROM unnest(%(which)s::bigint[], %(from)s::bigint[], %(to)s::bigint[])
       WITH ORDINALITY AS w(which, from_us, to_us, n), LATERAL (
       SELECT array_agg(at), array_agg(shown) FROM order_change
        WHERE machine = (%(machines)s::text[])[which + 1] AND at > to_timestamp(0) + from_us * interval '1 microsecond'
          AND at <= to_timestamp(0) + to_us * interval '1 microsecond') AS found
 ORDER BY n;

-- old_step --
-- As old_state, of the count steps of one counter each.
SELECT found.* FROM unnest(%(which)s::bigint[], %(from)s::bigint[], %(to)s::bigint[])
       WITH ORDINALITY AS w(which, from_us, to_us, n), LATERAL (
       SELECT array_agg(at), array_agg(since), array_agg(parts), array_agg(most), array_agg(unseen) FROM count_step
        WHERE machine = (%(machines)s::text[])[which + 1] AND counter = (%(counters)s::text[])[which + 1]
          AND at > to_timestamp(0) + from_us * interval '1 microsecond'
          AND at <= to_timestamp(0) + to_us * interval '1 microsecond') AS found
 ORDER BY n;

-- has_steps --
-- Of each counter whether it has a step before an instant; there, one that was not the first reading of all.
SELECT coalesce((SELECT s.at < w.before OR s.at = w.before AND s.since > to_timestamp(0) FROM count_step s
                  WHERE s.machine = w.machine AND s.counter = w.counter ORDER BY s.at LIMIT 1), false)
  FROM (SELECT machine, counter, to_timestamp(0) + before_us * interval '1 microsecond' AS before, n
          FROM unnest(%(machines)s::text[], %(counters)s::text[], %(before)s::bigint[])
               WITH ORDINALITY AS u(machine, counter, before_us, n)) AS w
 ORDER BY n;

-- close_state --
-- Rows that hold no more: kept as what was known until now. Those still ahead, and those of this very transaction, nobody
-- was ever told; they leave no trace.
WITH old AS (
    SELECT (%(machines)s::text[])[which + 1] AS machine, to_timestamp(0) + at_us * interval '1 microsecond' AS at
      FROM unnest(%(which)s::bigint[], %(at)s::bigint[]) AS w(which, at_us)
), gone AS (
    DELETE FROM state_change t USING old WHERE t.machine = old.machine AND t.at = old.at
    RETURNING t.*
)
INSERT INTO state_past (machine, at, state, known_from, known_to)
SELECT machine, at, state, known_from, %(known)s FROM gone WHERE at <= %(told)s AND known_from < %(known)s;

-- insert_state --
INSERT INTO state_change (machine, at, state, known_from)
SELECT (%(machines)s::text[])[which + 1], to_timestamp(0) + at_us * interval '1 microsecond', state, %(known)s
  FROM unnest(%(which)s::bigint[], %(at)s::bigint[], %(state)s::bigint[]) AS new(which, at_us, state);

-- close_product --
-- As close_state.
WITH old AS (
    SELECT (%(machines)s::text[])[which + 1] AS machine, to_timestamp(0) + at_us * interval '1 microsecond' AS at
      FROM unnest(%(which)s::bigint[], %(at)s::bigint[]) AS w(which, at_us)
), gone AS (
    DELETE FROM product_change t USING old WHERE t.machine = old.machine AND t.at = old.at
    RETURNING t.*
)
INSERT INTO product_past (machine, at, product, known_from, known_to)
SELECT machine, at, product, known_from, %(known)s FROM gone WHERE at <= %(told)s AND known_from < %(known)s;

-- insert_product --
INSERT INTO product_change (machine, at, product, known_from)
SELECT (%(machines)s::text[])[which + 1], to_timestamp(0) + at_us * interval '1 microsecond', product, %(known)s
  FROM unnest(%(which)s::bigint[], %(at)s::bigint[], %(product)s::text[]) AS new(which, at_us, product);

-- close_order --
-- What an order tag did not show after all; like orders themselves it is kept only as it is known now.
DELETE FROM order_change t
 USING unnest(%(which)s::bigint[], %(at)s::bigint[]) AS w(which, at_us)
 WHERE t.machine = (%(machines)s::text[])[which + 1] AND t.at = to_timestamp(0) + at_us * interval '1 microsecond';

-- insert_order --
INSERT INTO order_change (machine, at, shown)
SELECT (%(machines)s::text[])[which + 1], to_timestamp(0) + at_us * interval '1 microsecond', shown
  FROM unnest(%(which)s::bigint[], %(at)s::bigint[], %(shown)s::text[]) AS new(which, at_us, shown);

-- close_step --
-- As close_state; but that a counter is silent was told, though that step ends when nobody knows.
WITH old AS (
    SELECT (%(machines)s::text[])[which + 1] AS machine, (%(counters)s::text[])[which + 1] AS counter, to_timestamp(0) + at_us * interval '1 microsecond' AS at
      FROM unnest(%(which)s::bigint[], %(at)s::bigint[]) AS w(which, at_us)
), gone AS (
    DELETE FROM count_step t USING old WHERE t.machine = old.machine AND t.counter = old.counter AND t.at = old.at
    RETURNING t.*
)
INSERT INTO step_past (machine, counter, at, since, parts, most, unseen, known_from, known_to)
SELECT machine, counter, at, since, parts, most, unseen, known_from, %(known)s FROM gone
 WHERE (at <= %(told)s OR unseen) AND known_from < %(known)s;

-- insert_step --
INSERT INTO count_step (machine, counter, at, since, parts, most, unseen, known_from)
SELECT (%(machines)s::text[])[which + 1], (%(counters)s::text[])[which + 1],
       to_timestamp(0) + at_us * interval '1 microsecond', to_timestamp(0) + since_us * interval '1 microsecond',
       parts, most, unseen, %(known)s
  FROM unnest(%(which)s::bigint[], %(at)s::bigint[], %(since)s::bigint[], %(parts)s::bigint[], %(most)s::bigint[],
              %(unseen)s::bool[]) AS new(which, at_us, since_us, parts, most, unseen);

-- notify --
-- Wakes the wall and the alerts after the commit.
SELECT pg_notify('shopfloor_facts', '');

-- states --
-- The state tapes of machines in a window, with the row that holds at its start, the one before it and the next one,
-- as known at an instant or (NULL) now.
SELECT w.machine, (extract(epoch FROM c.at) * 1000000)::bigint, c.state
  FROM unnest(%(machines)s::text[]) AS w(machine), LATERAL (
       (SELECT at, state FROM (
           (SELECT at, state FROM state_change s
             WHERE s.machine = w.machine AND at <= %(from)s
               AND (%(as_of)s::timestamptz IS NULL OR known_from <= %(as_of)s)
             ORDER BY at DESC LIMIT 2)
           UNION ALL
           (SELECT at, state FROM state_past s
             WHERE %(as_of)s::timestamptz IS NOT NULL AND s.machine = w.machine AND at <= %(from)s
               AND known_from <= %(as_of)s AND known_to > %(as_of)s
             ORDER BY at DESC LIMIT 2)) AS held
         ORDER BY at DESC LIMIT 2)
       UNION ALL
       SELECT at, state FROM states_known(%(as_of)s) s WHERE s.machine = w.machine AND at > %(from)s AND at < %(to)s
       UNION ALL
       (SELECT at, state FROM (
           (SELECT at, state FROM state_change s
             WHERE s.machine = w.machine AND at > %(from)s AND at >= %(to)s
               AND (%(as_of)s::timestamptz IS NULL OR known_from <= %(as_of)s)
             ORDER BY at LIMIT 1)
           UNION ALL
           (SELECT at, state FROM state_past s
             WHERE %(as_of)s::timestamptz IS NOT NULL AND s.machine = w.machine AND at > %(from)s AND at >= %(to)s
               AND known_from <= %(as_of)s AND known_to > %(as_of)s
             ORDER BY at LIMIT 1)) AS next
         ORDER BY at LIMIT 1)
  ) AS c
 ORDER BY w.machine, c.at;

-- products --
-- The product tapes of machines in a window, with the row that holds at its start.
SELECT w.machine, (extract(epoch FROM c.at) * 1000000)::bigint, c.product
  FROM unnest(%(machines)s::text[]) AS w(machine), LATERAL (
       SELECT at, product FROM product_in_force(w.machine, %(from)s, %(as_of)s)
       UNION ALL
       SELECT at, product FROM products_known(%(as_of)s) p WHERE p.machine = w.machine AND at > %(from)s AND at < %(to)s
  ) AS c
 ORDER BY w.machine, c.at;

-- steps --
-- The count steps of machines in a window, and the next one of each counter where it reaches back into the window and
-- leaves open what it hides, as columns: which machine and which counter of those asked for, from 1 on; in whatever order they lie.
SELECT array_agg(w.n), array_agg(c.n), array_agg(s.at), array_agg(s.since), array_agg(s.parts), array_agg(s.most),
       array_agg(s.unseen)
  FROM (SELECT machine, counter, at, since, parts, most, unseen FROM steps_known(%(as_of)s)
         WHERE machine = ANY(%(machines)s) AND counter = ANY(%(counters)s) AND at >= %(from)s AND at < %(to)s
        UNION ALL
        SELECT next.* FROM unnest(%(machines)s::text[]) AS w(machine), unnest(%(counters)s::text[]) AS c(counter), LATERAL (
               SELECT * FROM (
                   (SELECT machine, counter, at, since, parts, most, unseen FROM count_step s
                     WHERE s.machine = w.machine AND s.counter = c.counter AND at >= %(to)s
                       AND (%(as_of)s::timestamptz IS NULL OR known_from <= %(as_of)s)
                     ORDER BY at LIMIT 1)
                   UNION ALL
                   (SELECT machine, counter, at, since, parts, most, unseen FROM step_past s
                     WHERE %(as_of)s::timestamptz IS NOT NULL AND s.machine = w.machine AND s.counter = c.counter
                       AND at >= %(to)s AND known_from <= %(as_of)s AND known_to > %(as_of)s
                     ORDER BY at LIMIT 1)) AS either
                ORDER BY at LIMIT 1) AS next
         WHERE (next.unseen OR next.most > next.parts) AND next.since < %(to)s) AS s
  JOIN unnest(%(machines)s::text[]) WITH ORDINALITY AS w(machine, n) USING (machine)
  JOIN unnest(%(counters)s::text[]) WITH ORDINALITY AS c(counter, n) USING (counter);

-- never_read --
-- Those of some counters that have no step before a window: the first reading of all makes one. Each is looked up by
-- itself: a plan by guess reads the whole table.
SELECT w.machine, w.counter FROM unnest(%(machines)s::text[], %(counters)s::text[]) AS w(machine, counter)
 WHERE (SELECT s.at FROM count_step s WHERE s.machine = w.machine AND s.counter = w.counter AND s.at < %(from)s
           AND (%(as_of)s::timestamptz IS NULL OR s.known_from <= %(as_of)s) ORDER BY s.at LIMIT 1) IS NULL
   AND (SELECT s.at FROM step_past s
         WHERE %(as_of)s::timestamptz IS NOT NULL AND s.machine = w.machine AND s.counter = w.counter
           AND s.at < %(from)s AND s.known_from <= %(as_of)s AND s.known_to > %(as_of)s ORDER BY s.at LIMIT 1) IS NULL;

-- orders_in_force --
-- Of each machine the orders that were in force in a window, in the order of their starts: what its order tag showed, or
-- without such a tag its own orders and those of its line.
SELECT w.machine, (extract(epoch FROM o.started_at) * 1000000)::bigint,
       (extract(epoch FROM o.ended_at) * 1000000)::bigint, o.id
  FROM unnest(%(machines)s::text[], %(lines)s::text[], %(tagged)s::bool[]) AS w(machine, line, tagged)
 CROSS JOIN LATERAL (
       SELECT id, started_at, ended_at FROM work_order t WHERE NOT tagged AND (t.machine = w.machine OR t.line = w.line)
       UNION ALL
       SELECT shown, at, (SELECT min(n.at) FROM order_change n WHERE n.machine = c.machine AND n.at > c.at)
         FROM order_change c
        WHERE tagged AND c.machine = w.machine AND c.at < %(to)s AND shown IS NOT NULL
          AND c.at >= coalesce((SELECT max(b.at) FROM order_change b
                                 WHERE b.machine = w.machine AND b.at <= %(from)s), '-infinity')) AS o (id, started_at, ended_at)
 WHERE o.started_at < %(to)s AND coalesce(o.ended_at > %(from)s, true)
 ORDER BY w.machine, o.started_at, o.id;

-- latest --
-- What is known of machines now: the state before or at now, since when, and the product.
SELECT w.machine, s.state, (extract(epoch FROM s.at) * 1000000)::bigint, p.product
  FROM unnest(%(machines)s::text[]) AS w(machine)
  LEFT JOIN LATERAL (SELECT at, state FROM state_change c WHERE c.machine = w.machine AND at <= %(now)s
                      ORDER BY at DESC LIMIT 1) AS s ON true
  LEFT JOIN LATERAL (SELECT product FROM product_change c WHERE c.machine = w.machine AND at <= %(now)s
                      ORDER BY at DESC LIMIT 1) AS p ON true;

-- last_samples --
-- The source time of the newest sample of some series.
SELECT w.machine, (SELECT (extract(epoch FROM max(at)) * 1000000)::bigint FROM sample
                    WHERE series = s.series AND quality < 4 AND at < now() + interval '1 minute')
  FROM unnest(%(machines)s::text[], %(tags)s::text[]) AS w(machine, tag)
  JOIN series s ON s.machine = w.machine AND s.tag = w.tag;

-- put_order --
-- A new order, or the same order with new wishes; what has begun keeps its start.
INSERT INTO work_order (id, product, quantity, due_at, machine, line, started_at, ended_at, changed_by)
VALUES (%(id)s, %(product)s, %(quantity)s, %(due_at)s, %(machine)s, %(line)s, %(started_at)s, %(ended_at)s, %(by)s)
ON CONFLICT (id) DO UPDATE SET product = excluded.product, quantity = excluded.quantity, due_at = excluded.due_at,
    machine = excluded.machine, line = excluded.line, changed_by = excluded.changed_by,
    started_at = coalesce(work_order.started_at, excluded.started_at),
    ended_at = coalesce(work_order.ended_at, excluded.ended_at);

-- start_order --
-- The order begins, unless it has begun.
UPDATE work_order SET started_at = coalesce(started_at, %(at)s), changed_by = %(by)s WHERE id = %(id)s;

-- end_order --
-- The order ends, unless it has ended; NULL where it never began.
UPDATE work_order SET ended_at = coalesce(ended_at, %(at)s), changed_by = %(by)s
 WHERE id = %(id)s AND started_at IS NOT NULL;

-- bind_orders --
-- Orders that order tags show, or showed lately, begin and end with that: what people or the ERP have said stays, and what
-- was bound by a tag follows it. line is that of which the machine's counts are the line's. While another order runs there
-- the one that is shown waits. Gives the earliest instant of what has changed, NULL where nothing has, and by the orders
-- that wait the ones that run.
WITH shown AS (
    SELECT o.id, w.machine, w.line, c.at, (SELECT min(n.at) FROM order_change n WHERE n.machine = c.machine AND n.at > c.at) AS until
      FROM unnest(%(machines)s::text[], %(lines)s::text[]) AS w(machine, line)
      JOIN work_order o ON o.machine = w.machine OR o.line = w.line
      JOIN order_change c ON c.machine = w.machine AND c.shown = o.id
     WHERE o.ended_at IS NULL OR o.ended_at >= %(since)s
), spans AS (
    SELECT id, min(machine) AS machine, min(line) AS line, min(at) AS first_at, CASE WHEN bool_or(until IS NULL) THEN NULL ELSE max(until) END AS last_at
      FROM shown GROUP BY id
), bound AS (
    SELECT o.id, s.machine, s.line, o.started_at AS old_start, o.ended_at AS old_end,
           CASE WHEN o.changed_by = %(by)s THEN s.first_at ELSE coalesce(o.started_at, s.first_at) END AS start_at,
           CASE WHEN o.changed_by = %(by)s THEN s.last_at
                WHEN o.started_at > s.last_at THEN o.ended_at
                ELSE coalesce(o.ended_at, s.last_at) END AS end_at
      FROM spans s JOIN work_order o USING (id)
), waiting AS (
    SELECT b.id, min(r.id) AS running
      FROM bound b JOIN work_order r
        ON r.id <> b.id AND (r.machine = b.machine OR r.line = b.line) AND r.started_at IS NOT NULL AND r.ended_at IS NULL
     WHERE b.end_at IS NULL AND (b.old_start IS NULL OR b.old_end IS NOT NULL)
       AND NOT EXISTS (SELECT FROM bound leaving WHERE leaving.id = r.id AND leaving.end_at IS NOT NULL)
     GROUP BY b.id
), changed AS (
    UPDATE work_order o SET started_at = b.start_at, ended_at = b.end_at, changed_by = %(by)s
      FROM bound b
     WHERE b.id = o.id AND b.id NOT IN (SELECT id FROM waiting) AND (b.old_start, b.old_end) IS DISTINCT FROM (b.start_at, b.end_at)
    RETURNING CASE WHEN b.old_start IS DISTINCT FROM b.start_at THEN least(b.old_start, b.start_at)
                   ELSE least(b.old_end, b.end_at) END AS since
)
SELECT (SELECT min(since) FROM changed), (SELECT jsonb_object_agg(id, running) FROM waiting);

-- orders --
-- Orders with their latest progress, by id, after a given id; those with an impossible due time are left out.
SELECT o.id, o.product, o.quantity, o.due_at, o.machine, o.line, o.started_at, o.ended_at,
       p.late
  FROM work_order o LEFT JOIN order_progress p USING (id)
 WHERE o.id > %(after)s AND (%(id)s::text IS NULL OR o.id = %(id)s)
   AND (NOT %(running)s OR (o.started_at <= %(now)s AND o.ended_at IS NULL))
   AND o.due_at >= '2000-01-01Z' AND o.due_at < '2200-01-01Z'
 ORDER BY o.id LIMIT %(most)s;

-- faulty_orders --
-- Orders that are not over and whose due time no clock shows: versions before the bounds took them.
SELECT id FROM work_order
 WHERE ended_at IS NULL AND (due_at < '2000-01-01Z' OR due_at >= '2200-01-01Z') ORDER BY id LIMIT 100;

-- order_parts --
-- Good parts of a machine between two instants, and those of them since a third; factor: 1 adds a counter, -1 takes away.
-- Where the machine tells its product, only parts that became known while it was the order's; likewise its order.
SELECT coalesce(sum(parts * factor), 0)::bigint,
       coalesce(sum(parts * factor) FILTER (WHERE at >= %(recent)s), 0)::bigint
  FROM unnest(%(counters)s::text[], %(factors)s::int[]) AS c(counter, factor)
  JOIN count_step s ON s.machine = %(machine)s AND s.counter = c.counter AND s.at >= %(from)s AND s.at < %(to)s
 WHERE (NOT %(by_product)s
        OR %(product)s = (SELECT product FROM product_change p
                           WHERE p.machine = %(machine)s AND p.at <= s.at ORDER BY p.at DESC LIMIT 1))
   AND (NOT %(by_tag)s
        OR %(id)s = (SELECT shown FROM order_change p
                      WHERE p.machine = %(machine)s AND p.at <= s.at ORDER BY p.at DESC LIMIT 1));

-- order_reached --
-- When as many good parts were made, counted like order_parts; NULL while they are not.
SELECT min(at) FROM (
    SELECT s.at, sum(s.parts * c.factor) OVER (ORDER BY s.at) AS made
      FROM unnest(%(counters)s::text[], %(factors)s::int[]) AS c(counter, factor)
      JOIN count_step s ON s.machine = %(machine)s AND s.counter = c.counter AND s.at >= %(from)s AND s.at < %(to)s
     WHERE (NOT %(by_product)s
            OR %(product)s = (SELECT product FROM product_change p
                               WHERE p.machine = %(machine)s AND p.at <= s.at ORDER BY p.at DESC LIMIT 1))
       AND (NOT %(by_tag)s
            OR %(id)s = (SELECT shown FROM order_change p
                          WHERE p.machine = %(machine)s AND p.at <= s.at ORDER BY p.at DESC LIMIT 1))) AS steps
 WHERE made >= %(quantity)s;

-- put_progress --
-- The latest progress of an order.
INSERT INTO order_progress (id, done, rate_per_hour, expected_end, late_by, late, as_of)
VALUES (%(id)s, %(done)s, %(rate)s, %(expected_end)s, %(late_by)s, %(late)s, %(as_of)s)
ON CONFLICT (id) DO UPDATE SET done = excluded.done, rate_per_hour = excluded.rate_per_hour,
    expected_end = excluded.expected_end, late_by = excluded.late_by,
    late = excluded.late, as_of = excluded.as_of;

-- calendar_weeks --
-- The weeks of shifts in the order in which they became known, as known at an instant or (NULL) now.
SELECT since, shifts, zone FROM calendar_week WHERE known_from <= coalesce(%(as_of)s, 'infinity'::timestamptz)
 ORDER BY known_from, id;

-- calendar_overrides --
-- The dated exceptions, likewise.
SELECT day, shift, kind, starts, ends, breaks, name FROM calendar_override
 WHERE known_from <= coalesce(%(as_of)s, 'infinity'::timestamptz)
 ORDER BY known_from, id;

-- newest_week --
-- What the plant file said last of the week.
SELECT since, shifts, zone, zone_rules FROM calendar_week ORDER BY id DESC LIMIT 1;

-- add_week --
INSERT INTO calendar_week (since, zone, zone_rules, shifts, by, why)
VALUES (%(since)s, %(zone)s, %(zone_rules)s, %(shifts)s, 'plant file', %(why)s);

-- anything_new --
-- Whether something waits to become known that is no frame.
SELECT EXISTS (SELECT FROM calendar_override WHERE known_from IS NULL)
    OR EXISTS (SELECT FROM calendar_week WHERE known_from IS NULL)
    OR EXISTS (SELECT FROM edit WHERE known_from IS NULL)
    OR EXISTS (SELECT FROM ideal_cycle WHERE known_from IS NULL);

-- take_weeks --
-- Weeks become known.
UPDATE calendar_week SET known_from = %(known)s WHERE known_from IS NULL RETURNING id, since, by, why;

-- take_overrides --
-- Exceptions become known.
UPDATE calendar_override SET known_from = %(known)s WHERE known_from IS NULL RETURNING id, day, by, why;

-- add_override --
-- An exception, or the end of one (kind withdrawn).
INSERT INTO calendar_override (day, shift, kind, starts, ends, breaks, name, by, why)
VALUES (%(day)s, %(shift)s, %(kind)s, %(starts)s, %(ends)s, %(breaks)s, %(name)s, %(by)s, %(why)s)
RETURNING id;

-- wake_keeper --
-- Something waits for the keeper of the facts.
SELECT pg_notify('shopfloor_frame', '');

-- put_policy --
-- A policy when it is first used; what a name and version say never changes.
INSERT INTO policy (name, version, hash, content) VALUES (%(name)s, %(version)s, %(hash)s, %(content)s)
ON CONFLICT (name, version) DO NOTHING;

-- policy --
-- What a policy said.
SELECT hash, content FROM policy WHERE name = %(name)s AND version = %(version)s;

-- take_edits --
-- Edits become known.
UPDATE edit SET known_from = %(known)s WHERE known_from IS NULL
RETURNING id, machine, (extract(epoch FROM from_at) * 1000000)::bigint, (extract(epoch FROM to_at) * 1000000)::bigint,
          by, why;

-- edits --
-- The edits that touch spans of machines, in the order in which they became known, as known at an instant or (NULL) now.
SELECT e.machine, e.id, e.kind, (extract(epoch FROM e.from_at) * 1000000)::bigint,
       (extract(epoch FROM e.to_at) * 1000000)::bigint, e.state, e.reason, e.comment, e.undoes
  FROM unnest(%(machines)s::text[], %(from)s::timestamptz[], %(to)s::timestamptz[]) AS w(machine, from_at, to_at)
  JOIN edit e ON e.machine = w.machine AND e.to_at >= w.from_at AND e.from_at <= w.to_at
 WHERE e.known_from <= coalesce(%(as_of)s, 'infinity'::timestamptz)
 ORDER BY e.machine, e.known_from, e.id;

-- add_edit --
INSERT INTO edit (machine, kind, from_at, to_at, state, reason, comment, asked, before, by, why, undoes)
VALUES (%(machine)s, %(kind)s, %(from)s, %(to)s, %(state)s, %(reason)s, %(comment)s, %(asked)s, %(before)s,
        %(by)s, %(why)s, %(undoes)s)
RETURNING id;

-- ideal_cycles --
-- Ideal cycles in the order in which they became known, as known at an instant or (NULL) now.
SELECT machine, product, (extract(epoch FROM from_at) * 1000000)::bigint, cycle_us FROM ideal_cycle
 WHERE known_from <= coalesce(%(as_of)s, 'infinity'::timestamptz)
 ORDER BY known_from, id;

-- cycles_of_plant_file --
-- What the plant file has said so far, in its order.
SELECT machine, product, (extract(epoch FROM from_at) * 1000000)::bigint, cycle_us FROM ideal_cycle
 WHERE source = 'plant file' ORDER BY id;

-- add_cycle --
-- An ideal cycle from an instant on, or (NULL) none any more.
INSERT INTO ideal_cycle (machine, product, from_at, cycle_us, source, by, why)
VALUES (%(machine)s, %(product)s, %(from)s, %(cycle_us)s, %(source)s, %(by)s, %(why)s)
RETURNING id;

-- take_cycles --
-- Ideal cycles become known.
UPDATE ideal_cycle SET known_from = %(known)s WHERE known_from IS NULL
RETURNING id, machine, product, (extract(epoch FROM from_at) * 1000000)::bigint, by, why;

-- plant_policy --
-- The plant's own policy as known at an instant or (NULL) now; no row before the first.
SELECT name, version FROM plant_policy WHERE known_from <= coalesce(%(as_of)s, 'infinity'::timestamptz)
 ORDER BY known_from DESC, id DESC LIMIT 1;

-- add_plant_policy --
INSERT INTO plant_policy (name, version, known_from) VALUES (%(name)s, %(version)s, %(known)s);

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
                AND known_at > %(known)s - interval '10 minutes');

-- add_restatement --
INSERT INTO restatement (machine, from_at, to_at, cause, cause_id, by, why, known_before, known_at)
VALUES (%(machine)s, %(from)s, %(to)s, %(cause)s, %(cause_id)s, %(by)s, %(why)s, %(before)s, %(known)s);

-- next_boundary --
-- For each of some instants of machines, where the state or product that holds at it ends; infinity where it is open.
SELECT (extract(epoch FROM greatest(
           coalesce((SELECT min(s.at) FROM state_change s WHERE s.machine = w.machine AND s.at > w.at), 'infinity'),
           coalesce((SELECT min(p.at) FROM product_change p WHERE p.machine = w.machine AND p.at > w.at), '-infinity')
       )) * 1000000)::numeric
  FROM unnest(%(machine)s::text[], %(at)s::timestamptz[]) WITH ORDINALITY AS w(machine, at, n) ORDER BY n;

-- drop_hours --
-- Hours of machines that are not what they were any more, and their days.
WITH spans AS (
    SELECT * FROM unnest(%(machine)s::text[], %(from)s::timestamptz[], %(to)s::timestamptz[]) AS w(machine, from_at, to_at)
), days AS (
    DELETE FROM machine_day d USING spans w
     WHERE d.machine = w.machine AND d.day >= date_trunc('day', w.from_at) AND d.day < w.to_at
)
DELETE FROM machine_hour h USING spans w
 WHERE h.machine = w.machine AND h.hour >= date_trunc('hour', w.from_at) AND h.hour < w.to_at
RETURNING h.machine, (extract(epoch FROM h.hour) * 1000000)::bigint;

-- missing_hours --
-- The newest hours of machines between two instants that are not kept by their basis, a bounded number of them.
SELECT w.machine, (extract(epoch FROM h) * 1000000)::bigint
  FROM unnest(%(machines)s::text[], %(bases)s::text[]) AS w(machine, basis)
 CROSS JOIN LATERAL generate_series(%(from)s::timestamptz, %(to)s::timestamptz, interval '1 hour') AS h
  LEFT JOIN machine_hour k ON k.machine = w.machine AND k.hour = h AND k.basis = w.basis
 WHERE k.machine IS NULL
 ORDER BY h DESC LIMIT %(most)s;

-- put_hour --
INSERT INTO machine_hour (machine, hour, basis, elements) VALUES (%(machine)s, %(hour)s, %(basis)s, %(elements)s)
ON CONFLICT (machine, hour) DO UPDATE SET basis = excluded.basis, elements = excluded.elements;

-- put_days --
-- The days that have all their hours, of those in which an hour was kept just now.
WITH whole AS (
    SELECT k.machine, k.basis FROM unnest(%(machines)s::text[], %(bases)s::text[]) AS w(machine, basis)
      JOIN machine_hour k ON k.machine = w.machine AND k.basis = w.basis
       AND k.hour >= %(day)s AND k.hour < %(day)s + interval '24 hours'
     GROUP BY k.machine, k.basis HAVING count(*) = 24
), sums AS (
    SELECT k.machine, k.basis, u.n, sum(u.e)::bigint AS e
      FROM whole JOIN machine_hour k USING (machine, basis)
     CROSS JOIN LATERAL unnest(k.elements) WITH ORDINALITY AS u(e, n)
     WHERE k.hour >= %(day)s AND k.hour < %(day)s + interval '24 hours'
     GROUP BY k.machine, k.basis, u.n
)
INSERT INTO machine_day (machine, day, basis, elements)
SELECT machine, %(day)s, basis, array_agg(e ORDER BY n) FROM sums GROUP BY machine, basis
ON CONFLICT (machine, day) DO UPDATE SET basis = excluded.basis, elements = excluded.elements;

-- order_place --
-- Where an order is made, since when, and what; no row when there is none.
SELECT machine, line, started_at, product FROM work_order WHERE id = %(id)s;

-- order_running_at --
-- Another order that runs on a machine or on a line whose parts that machine counts; no row when there is none.
SELECT id FROM work_order
 WHERE started_at IS NOT NULL AND ended_at IS NULL AND id <> %(id)s
   AND (machine = %(machine)s OR line = ANY(%(lines)s))
 ORDER BY started_at DESC, id LIMIT 1;

-- product_changes --
-- The last changes of a machine's product up to an instant, the one in force at another included, in the order of time.
SELECT at, product FROM (
    SELECT at, product FROM product_change
     WHERE machine = %(machine)s AND at < %(to)s
       AND at >= coalesce((SELECT max(at) FROM product_change WHERE machine = %(machine)s AND at <= %(from)s), '-infinity')
     ORDER BY at DESC LIMIT %(most)s) AS newest
 ORDER BY at;

-- order_changes --
-- The same of what a machine's order tag shows.
SELECT at, shown FROM (
    SELECT at, shown FROM order_change
     WHERE machine = %(machine)s AND at < %(to)s
       AND at >= coalesce((SELECT max(at) FROM order_change WHERE machine = %(machine)s AND at <= %(from)s), '-infinity')
     ORDER BY at DESC LIMIT %(most)s) AS newest
 ORDER BY at;

-- drop_hours_since --
-- Hours that may rest on an order that was changed after it had begun, and their days.
WITH days AS (DELETE FROM machine_day WHERE day >= date_trunc('day', %(since)s::timestamptz)),
     told AS (UPDATE mes_position SET hours_dropped = hours_dropped + 1)
DELETE FROM machine_hour WHERE hour >= date_trunc('hour', %(since)s::timestamptz);

-- kept_hours --
-- Which hours of a machine are kept in spans.
SELECT k.machine, (extract(epoch FROM k.hour) * 1000000)::bigint
  FROM unnest(%(machines)s::text[], %(bases)s::text[]) AS w(machine, basis),
       unnest(%(from)s::timestamptz[], %(to)s::timestamptz[]) AS s(from_at, to_at),
       LATERAL (SELECT machine, hour FROM machine_hour AS own
                 WHERE own.machine = w.machine AND own.basis = w.basis
                   AND own.hour >= s.from_at AND own.hour < s.to_at OFFSET 0) AS k;

-- kept_days --
-- Which days of a machine are kept in spans.
SELECT k.machine, (extract(epoch FROM k.day) * 1000000)::bigint
  FROM unnest(%(machines)s::text[], %(bases)s::text[]) AS w(machine, basis),
       unnest(%(from)s::timestamptz[], %(to)s::timestamptz[]) AS s(from_at, to_at),
       LATERAL (SELECT machine, day FROM machine_day AS own
                 WHERE own.machine = w.machine AND own.basis = w.basis
                   AND own.day >= s.from_at AND own.day < s.to_at OFFSET 0) AS k;
