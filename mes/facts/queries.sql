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
           (SELECT at, state FROM state_history s
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
           (SELECT at, state FROM state_history s
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
       array_agg(s.bridged)
  FROM (SELECT machine, counter, at, since, parts, most, bridged FROM steps_known(%(as_of)s)
         WHERE machine = ANY(%(machines)s) AND counter = ANY(%(counters)s) AND at >= %(from)s AND at < %(to)s
        UNION ALL
        SELECT next.* FROM unnest(%(machines)s::text[]) AS w(machine), unnest(%(counters)s::text[]) AS c(counter), LATERAL (
               SELECT * FROM (
                   (SELECT machine, counter, at, since, parts, most, bridged FROM count_step s
                     WHERE s.machine = w.machine AND s.counter = c.counter AND at >= %(to)s
                       AND (%(as_of)s::timestamptz IS NULL OR known_from <= %(as_of)s)
                     ORDER BY at LIMIT 1)
                   UNION ALL
                   (SELECT machine, counter, at, since, parts, most, bridged FROM step_history s
                     WHERE %(as_of)s::timestamptz IS NOT NULL AND s.machine = w.machine AND s.counter = c.counter
                       AND at >= %(to)s AND known_from <= %(as_of)s AND known_to > %(as_of)s
                     ORDER BY at LIMIT 1)) AS either
                ORDER BY at LIMIT 1) AS next
         WHERE (next.bridged OR next.most > next.parts) AND next.since < %(to)s) AS s
  JOIN unnest(%(machines)s::text[]) WITH ORDINALITY AS w(machine, n) USING (machine)
  JOIN unnest(%(counters)s::text[]) WITH ORDINALITY AS c(counter, n) USING (counter);

-- never_read --
-- Those of some counters that have no step before a window: the first reading of all makes one. Each is looked up by
-- itself: a plan by guess reads the whole table.
SELECT w.machine, w.counter FROM unnest(%(machines)s::text[], %(counters)s::text[]) AS w(machine, counter)
 WHERE (SELECT s.at FROM count_step s WHERE s.machine = w.machine AND s.counter = w.counter AND s.at < %(from)s
           AND (%(as_of)s::timestamptz IS NULL OR s.known_from <= %(as_of)s) ORDER BY s.at LIMIT 1) IS NULL
   AND (SELECT s.at FROM step_history s
         WHERE %(as_of)s::timestamptz IS NOT NULL AND s.machine = w.machine AND s.counter = w.counter
           AND s.at < %(from)s AND s.known_from <= %(as_of)s AND s.known_to > %(as_of)s ORDER BY s.at LIMIT 1) IS NULL;

-- orders_in_force --
-- Of each machine the orders that were in force in a window as that was known, in the order of their begins: what its order
-- tag showed, or without such a tag the runs of its own operations and of its line's.
SELECT w.machine, (extract(epoch FROM o.from_at) * 1000000)::bigint,
       (extract(epoch FROM o.to_at) * 1000000)::bigint, o.id
  FROM unnest(%(machines)s::text[], %(lines)s::text[], %(tagged)s::bool[]) AS w(machine, line, tagged)
 CROSS JOIN LATERAL (
       SELECT r.work_order, r.from_at, r.to_at FROM run r
        WHERE NOT tagged AND (r.machine = w.machine OR r.line = w.line)
          AND r.known_from <= coalesce(%(as_of)s::timestamptz, r.known_from)
          AND (r.known_to IS NULL OR r.known_to > %(as_of)s::timestamptz)
       UNION ALL
       SELECT shown, at, (SELECT min(n.at) FROM order_change n WHERE n.machine = c.machine AND n.at > c.at)
         FROM order_change c
        WHERE tagged AND c.machine = w.machine AND c.at < %(to)s AND shown IS NOT NULL
          AND c.at >= coalesce((SELECT max(b.at) FROM order_change b
                                 WHERE b.machine = w.machine AND b.at <= %(from)s), '-infinity')) AS o (id, from_at, to_at)
 WHERE o.from_at < %(to)s AND coalesce(o.to_at > %(from)s, true)
 ORDER BY w.machine, o.from_at, o.id;

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

-- edits --
-- The edits that touch spans of machines, in the order in which they became known, as known at an instant or (NULL) now.
SELECT e.machine, e.id, e.kind, (extract(epoch FROM e.from_at) * 1000000)::bigint,
       (extract(epoch FROM e.to_at) * 1000000)::bigint, e.state, e.reason, e.comment, e.undoes
  FROM unnest(%(machines)s::text[], %(from)s::timestamptz[], %(to)s::timestamptz[]) AS w(machine, from_at, to_at)
  JOIN edit e ON e.machine = w.machine AND e.to_at >= w.from_at AND e.from_at <= w.to_at
 WHERE e.known_from <= coalesce(%(as_of)s, 'infinity'::timestamptz)
 ORDER BY e.machine, e.known_from, e.id;

-- tapes_now --
-- Of each machine: state and product in force at a moment, and the last row of its tape, which may lie ahead.
SELECT m.machine,
       in_force.at AS since, in_force.state,
       newest.at AS newest_at, newest.state AS newest_state,
       (SELECT p.product FROM product_change p
         WHERE p.machine = m.machine AND p.at <= %(now)s ORDER BY p.at DESC LIMIT 1) AS product
  FROM unnest(%(machines)s::text[]) WITH ORDINALITY AS m (machine, number)
  LEFT JOIN LATERAL (SELECT s.at, s.state FROM state_change s
                      WHERE s.machine = m.machine AND s.at <= %(now)s ORDER BY s.at DESC LIMIT 1) AS in_force ON true
  LEFT JOIN LATERAL (SELECT s.at, s.state FROM state_change s
                      WHERE s.machine = m.machine ORDER BY s.at DESC LIMIT 1) AS newest ON true
 ORDER BY m.number;

-- later_change --
-- When a machine's state has changed so many times after a moment; no row when it has not by the end.
SELECT at FROM states_known(%(as_of)s)
 WHERE machine = %(machine)s AND at > %(after)s AND at < %(before)s
 ORDER BY at OFFSET %(skip)s LIMIT 1;
