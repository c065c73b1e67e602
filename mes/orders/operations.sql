-- operation --
SELECT o.id, o.work_order, o.step, o.part, o.machine, o.line, o.counting_machine, o.quantity, o.state, o.substate,
       o.hidden, w.product, w.unit, o.version
  FROM operation o JOIN work_order w ON w.id = o.work_order WHERE o.id = %(id)s;

-- lock_machine --
-- Whoever changes what a machine counts for waits for whoever does so already.
SELECT pg_advisory_xact_lock(hashtextextended('run:' || %(machine)s, 0));

-- lock_operation --
SELECT o.id, o.work_order, o.step, o.part, o.machine, o.line, o.counting_machine, o.quantity, o.state, o.substate,
       o.hidden, w.product, w.unit, o.version
  FROM operation o JOIN work_order w ON w.id = o.work_order WHERE o.id = %(id)s FOR UPDATE OF o;

-- operations_of --
SELECT o.id, o.work_order, o.step, o.part, o.machine, o.line, o.counting_machine, o.quantity, o.state, o.substate,
       o.hidden, w.product, w.unit, o.version
  FROM operation o JOIN work_order w ON w.id = o.work_order
 WHERE o.work_order = %(order)s AND NOT o.hidden ORDER BY o.step, o.part;

-- hold_operations --
-- The same of several orders, held: nobody releases one of them while its order is changed.
SELECT o.id, o.work_order, o.step, o.part, o.machine, o.line, o.counting_machine, o.quantity, o.state, o.substate,
       o.hidden, w.product, w.unit, o.version
  FROM operation o JOIN work_order w ON w.id = o.work_order
 WHERE o.work_order = ANY(%(orders)s) AND NOT o.hidden ORDER BY o.work_order, o.step, o.part FOR UPDATE OF o;

-- log --
SELECT seq, command, to_state, to_substate, hidden, at, client, undoes FROM transition
 WHERE operation = %(id)s ORDER BY seq;

-- add_entry --
INSERT INTO transition (operation, seq, command, to_state, to_substate, hidden, at, reason, undoes, person, client)
VALUES (%(id)s, %(seq)s, %(command)s, %(state)s, %(substate)s, %(hidden)s, %(at)s, %(reason)s, %(undoes)s, %(person)s,
        %(client)s);

-- put_condition --
-- What the log says of an operation, beside it.
UPDATE operation SET state = %(state)s, substate = %(substate)s, hidden = %(hidden)s, begun_at = %(begun)s,
       ended_at = %(ended)s, counting_machine = %(machine)s, version = version + 1
 WHERE id = %(id)s;

-- runs --
-- The runs of an operation that hold.
SELECT id, from_at, to_at FROM run WHERE operation = %(id)s AND NOT gone;

-- end_runs --
UPDATE run SET gone = true WHERE id = ANY(%(ids)s::bigint[]);

-- run_beside --
-- A run of another operation that has an instant in common with a span of a machine.
SELECT r.work_order, o.step, r.from_at, r.to_at FROM run r JOIN operation o ON o.id = r.operation
 WHERE r.machine = %(machine)s AND NOT r.gone AND r.operation <> %(id)s
   AND (%(to)s::timestamptz IS NULL OR r.from_at < %(to)s) AND (r.to_at IS NULL OR r.to_at > %(from)s)
 ORDER BY r.from_at DESC LIMIT 1;

-- add_run --
INSERT INTO run (operation, work_order, machine, line, from_at, to_at, by, why)
VALUES (%(id)s, %(order)s, %(machine)s, %(line)s, %(from)s, %(to)s, %(by)s, %(why)s);
