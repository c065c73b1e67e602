-- confirmations_of --
-- What was told of an operation, in its order.
SELECT number, kind, good, scrap, rework, setup_us, run_us, labour_us, production_day, as_of, reverses, reason, person,
       client, at
  FROM confirmation WHERE operation = %(id)s ORDER BY number;

-- add_confirmation --
INSERT INTO confirmation (operation, number, kind, good, scrap, rework, setup_us, run_us, labour_us, production_day, as_of,
       reverses, reason, person, client)
VALUES (%(operation)s, %(number)s, %(kind)s, %(good)s, %(scrap)s, %(rework)s, %(setup_us)s, %(run_us)s, %(labour_us)s,
        %(production_day)s, %(as_of)s, %(reverses)s, %(reason)s, %(person)s, %(client)s);

-- known_at --
SELECT known_at FROM mes_position;

-- run_times --
-- The runs of an operation as they were known, up to that instant, with the first part that may be in each: what is
-- before it is setup.
SELECT (extract(epoch FROM r.from_at) * 1000000)::bigint, (extract(epoch FROM least(r.to_at, %(as_of)s)) * 1000000)::bigint,
       (SELECT (extract(epoch FROM min(CASE WHEN s.bridged THEN greatest(s.since, r.from_at) ELSE s.at END)) * 1000000)::bigint
          FROM steps_known(%(as_of)s) s
         WHERE s.machine = r.machine AND s.counter IN ('total', 'good') AND s.most > 0 AND s.at > r.from_at
           AND s.at < least(r.to_at, %(as_of)s))
  FROM run r
 WHERE r.operation = %(id)s AND r.known_from <= %(as_of)s AND (r.known_to IS NULL OR r.known_to > %(as_of)s)
   AND r.from_at < %(as_of)s
 ORDER BY r.from_at;

-- to_confirm --
-- Operations of which something may be to be told: those that have run or been reported since the last time, and those that
-- were completed and have no final confirmation that stands.
SELECT o.id, o.state = 'ended',
       (SELECT max(c.as_of) FROM confirmation c WHERE c.operation = o.id) AS told_at, o.begun_at,
       (SELECT greatest(o.ended_at, max(t.recorded_at)) FROM transition t WHERE t.operation = o.id AND o.ended_at IS NOT NULL)
  FROM operation o
 WHERE o.begun_at IS NOT NULL AND o.state <> 'aborted'
   AND (o.state IN ('running', 'interrupted')
        OR (o.substate = 'completed' AND NOT EXISTS (
            SELECT FROM confirmation c WHERE c.operation = o.id AND c.kind = 'final'
               AND NOT EXISTS (SELECT FROM confirmation r WHERE r.operation = c.operation AND r.reverses = c.number))))
 ORDER BY o.id LIMIT %(most)s;
