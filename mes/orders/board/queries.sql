-- board_orders --
-- Orders that are open, and those that ended since an instant: what is due first stands first.
SELECT w.id FROM work_order w
 WHERE EXISTS (SELECT FROM operation o WHERE o.work_order = w.id AND NOT o.hidden
                  AND (o.state NOT IN ('ended', 'aborted') OR o.ended_at >= %(since)s))
 ORDER BY w.due_at, w.id LIMIT %(most)s;

-- runs_since --
-- What ran in a span.
SELECT operation, work_order, machine, from_at, to_at FROM run
 WHERE NOT gone AND from_at < %(to)s AND (to_at IS NULL OR to_at > %(from)s)
 ORDER BY machine, from_at;

-- waiting_at --
-- Operations that have not begun at the place of one of them, in their sequence.
SELECT o.id, o.sequence, o.planned_from, o.planned_to FROM operation o JOIN work_order w ON w.id = o.work_order
  JOIN operation one ON one.id = %(id)s
 WHERE o.machine IS NOT DISTINCT FROM one.machine AND o.line IS NOT DISTINCT FROM one.line AND NOT o.hidden
   AND o.state IN ('not_allowed_to_start', 'allowed_to_start')
 ORDER BY o.sequence, w.due_at, o.work_order, o.step;
