-- position --
-- How far mes has read the ledger of frames, by which plant, and with what beside; no row before its first round.
SELECT transaction::text, inputs_hash, revision, known_at FROM mes_position;

-- touched_since --
-- From when on the facts of some machines may have changed between two positions, and by what came late and was made
-- into facts between two instants of knowledge; NULL when nothing has.
SELECT least((SELECT min(first_at) FROM frame
               WHERE transaction >= %(old)s::xid8 AND transaction < %(new)s::xid8 AND machines && %(machines)s::text[]),
             (SELECT to_timestamp(0) + min(from_us) * interval '1 microsecond' FROM late_span
               WHERE done_at > %(known)s AND done_at <= %(known_now)s AND machine = ANY (%(machines)s)));

-- open_alarms --
-- What needs somebody, the most urgent first.
SELECT id, machine, subject, priority, text_en || also_en, text_zh || also_zh FROM alarm
 WHERE condition <> 'normal' AND NOT quiet
 ORDER BY CASE priority WHEN 'high' THEN 0 WHEN 'medium' THEN 1 ELSE 2 END, raised_at, id;

-- nodes_of_line --
-- What some edge agents have said of themselves, and when their newest frame came.
SELECT n.node, n.state, n.since, f.ingested_at
  FROM node n
  LEFT JOIN LATERAL (SELECT ingested_at FROM frame
                      WHERE frame.node = n.node ORDER BY transaction DESC LIMIT 1) AS f ON true
 WHERE n.node = ANY (%(nodes)s) ORDER BY n.node;

-- running_orders --
-- Operations that run or are held, with their latest progress; the first started first.
SELECT o.work_order, coalesce(o.machine, o.line) AS place, w.product, o.quantity,
       p.good, p.expected_end, p.late_by, p.late, p.binding
  FROM operation o JOIN work_order w ON w.id = o.work_order LEFT JOIN order_progress p ON p.operation = o.id
 WHERE NOT o.hidden AND (o.state = 'running' OR o.substate = 'held')
 ORDER BY o.begun_at, o.work_order, o.step, o.part;
