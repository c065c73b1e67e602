-- open_runs --
-- What runs on machines now.
SELECT machine, operation, work_order FROM run WHERE machine = ANY(%(machines)s) AND to_at IS NULL AND NOT gone;

-- final_confirmed --
-- Operations whose final confirmation stands.
SELECT DISTINCT c.operation FROM confirmation c
 WHERE c.operation = ANY(%(ids)s) AND c.kind = 'final'
   AND NOT EXISTS (SELECT FROM confirmation r WHERE r.operation = c.operation AND r.reverses = c.number);
