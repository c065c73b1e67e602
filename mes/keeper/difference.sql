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
       SELECT array_agg(at), array_agg(since), array_agg(parts), array_agg(most), array_agg(bridged) FROM count_step
        WHERE machine = (%(machines)s::text[])[which + 1] AND counter = (%(counters)s::text[])[which + 1]
          AND at > to_timestamp(0) + from_us * interval '1 microsecond'
          AND at <= to_timestamp(0) + to_us * interval '1 microsecond') AS found
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
INSERT INTO state_history (machine, at, state, known_from, known_to)
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
INSERT INTO product_history (machine, at, product, known_from, known_to)
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
INSERT INTO step_history (machine, counter, at, since, parts, most, bridged, known_from, known_to)
SELECT machine, counter, at, since, parts, most, bridged, known_from, %(known)s FROM gone
 WHERE (at <= %(told)s OR bridged) AND known_from < %(known)s;

-- insert_step --
INSERT INTO count_step (machine, counter, at, since, parts, most, bridged, known_from)
SELECT (%(machines)s::text[])[which + 1], (%(counters)s::text[])[which + 1],
       to_timestamp(0) + at_us * interval '1 microsecond', to_timestamp(0) + since_us * interval '1 microsecond',
       parts, most, bridged, %(known)s
  FROM unnest(%(which)s::bigint[], %(at)s::bigint[], %(since)s::bigint[], %(parts)s::bigint[], %(most)s::bigint[],
              %(bridged)s::bool[]) AS new(which, at_us, since_us, parts, most, bridged);
