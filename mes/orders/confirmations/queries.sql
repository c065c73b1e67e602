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

-- waits --
-- Whether something that was said of an operation has not become known yet.
SELECT EXISTS (SELECT FROM production_quantity WHERE operation = %(id)s AND known_from IS NULL)
    OR EXISTS (SELECT FROM run WHERE operation = %(id)s AND (known_from IS NULL OR (gone AND known_to IS NULL)));

-- to_confirm --
-- Operations of which something may be to be told: those that have run or been reported since the last time, and those that
-- were completed and have no final confirmation that stands. Last: so many parts are good that one is due by them.
SELECT o.id, o.state = 'ended',
       (SELECT max(c.as_of) FROM confirmation c WHERE c.operation = o.id) AS told_at, o.begun_at,
       (SELECT greatest(o.ended_at, max(t.recorded_at)) FROM transition t WHERE t.operation = o.id AND o.ended_at IS NOT NULL),
       coalesce(p.good - (SELECT coalesce(sum(c.good), 0) FROM confirmation c WHERE c.operation = o.id) >= w.confirm_every, false)
  FROM operation o JOIN work_order w ON w.id = o.work_order LEFT JOIN order_progress p ON p.operation = o.id
 WHERE o.begun_at IS NOT NULL AND o.state <> 'aborted'
   AND (o.state IN ('running', 'interrupted')
        OR (o.substate = 'completed' AND NOT EXISTS (
            SELECT FROM confirmation c WHERE c.operation = o.id AND c.kind = 'final'
               AND NOT EXISTS (SELECT FROM confirmation r WHERE r.operation = c.operation AND r.reverses = c.number))))
 ORDER BY o.id;
