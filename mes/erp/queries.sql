-- late_waits --
-- Whether late samples of some machines in a window wait to be made into facts.
SELECT EXISTS (SELECT FROM late_span
                WHERE done_at IS NULL AND machine = ANY (%(machines)s) AND from_us < %(to)s AND to_us >= %(from)s);

-- knowledge --
-- The instant of the newest knowledge, since when older knowledge is kept, and the key of result ids; both instants are
-- NULL before the first round.
SELECT p.known_at, p.versions_since, k.key FROM result_key k LEFT JOIN mes_position p ON true;

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

-- alarms --
-- Alarms, the newest first, with whether somebody has asked for an acknowledgement that is not in the journal yet.
SELECT a.id, a.rule, a.subject, a.machine, a.priority, a.condition, a.text_en, a.text_zh,
       a.raised_at, a.acked_at, a.acked_by, a.cleared_at,
       a.condition IN ('active_unacked', 'cleared_unacked') AND EXISTS (
           SELECT FROM alarm_request r
            WHERE r.alarm = a.id
              AND NOT EXISTS (SELECT FROM alarm_journal j WHERE j.request = r.id)
              AND r.at > coalesce((SELECT max(j.at) FROM alarm_journal j WHERE j.alarm = a.id
                                      AND j.event IN ('raised', 'raised_again')), '-infinity')) AS pending
  FROM alarm a
 WHERE (%(id)s::bigint IS NULL OR a.id = %(id)s)
   AND (%(before)s::bigint IS NULL OR a.id < %(before)s)
   AND (%(open)s::boolean IS NULL OR (a.condition <> 'normal') = %(open)s)
 ORDER BY a.id DESC LIMIT %(limit)s;

-- undelivered --
-- Per alarm and channel, the messages that were refused or have waited for longer than five seconds: how many, since
-- when, whose trouble it is, and what the receiver said.
SELECT j.alarm, d.channel, count(*) AS messages, min(j.at) AS since,
       CASE WHEN bool_or(d.refused > 0) THEN 'refused' ELSE coalesce(min(t.trouble), 'waiting') END AS condition,
       CASE WHEN bool_or(d.refused > 0)
            THEN (array_agg(d.last_error ORDER BY d.attempted_at DESC NULLS LAST) FILTER (WHERE d.refused > 0))[1]
            ELSE min(t.reason) END AS answer
  FROM alarm_journal j JOIN delivery d ON d.journal = j.id LEFT JOIN channel_trouble t ON t.channel = d.channel
 WHERE j.alarm = ANY (%(alarms)s) AND d.delivered_at IS NULL
   AND (d.refused > 0 OR j.at < clock_timestamp() - interval '5 s')
 GROUP BY j.alarm, d.channel ORDER BY j.alarm, d.channel;

-- undelivered_of_channels --
-- The same of each channel of the plant file as a whole, alarms that are over included.
SELECT c.channel, u.messages, u.since,
       CASE WHEN u.refused > 0 THEN 'refused' ELSE coalesce(t.trouble, 'waiting') END AS condition,
       CASE WHEN u.refused > 0 THEN u.answer ELSE t.reason END AS answer
  FROM unnest(%(channels)s::text[]) AS c (channel) LEFT JOIN channel_trouble t USING (channel), LATERAL (
       SELECT count(*) AS messages, min(j.at) AS since, count(*) FILTER (WHERE d.refused > 0) AS refused,
              (array_agg(d.last_error ORDER BY d.attempted_at DESC NULLS LAST) FILTER (WHERE d.refused > 0))[1] AS answer
         FROM delivery d JOIN alarm_journal j ON j.id = d.journal
        WHERE d.channel = c.channel AND d.delivered_at IS NULL
          AND (d.refused > 0 OR j.at < clock_timestamp() - interval '5 s')) AS u
 WHERE u.messages > 0 ORDER BY c.channel;

-- ask_to_acknowledge --
-- Asks alerts to acknowledge an alarm that needs it; no row when it is over or acknowledged.
INSERT INTO alarm_request (alarm, action, by, comment)
SELECT id, 'acknowledge', %(by)s, %(comment)s FROM alarm
 WHERE id = %(alarm)s AND condition IN ('active_unacked', 'cleared_unacked')
RETURNING id;

-- journaled --
-- Whether alerts has acted on a request.
SELECT EXISTS (SELECT FROM alarm_journal WHERE request = %(request)s)
    OR EXISTS (SELECT FROM alarm WHERE id = %(alarm)s AND condition NOT IN ('active_unacked', 'cleared_unacked'));

-- orders --
-- Orders with their latest progress: running, then not started, then ended; within each by due time.
SELECT o.id, o.product, o.quantity,
       CASE WHEN o.due_at >= '2000-01-01Z' AND o.due_at < '2200-01-01Z' THEN o.due_at END AS due_at, o.machine, o.line, o.started_at, o.ended_at, o.changed_by,
       CASE WHEN o.ended_at IS NOT NULL THEN 'ended' WHEN o.started_at IS NOT NULL THEN 'running' ELSE 'open' END
           AS condition,
       p.done, p.rate_per_hour, p.expected_end, extract(epoch FROM p.late_by)::double precision AS late_by_s, p.late, p.as_of
  FROM work_order o LEFT JOIN order_progress p USING (id)
 WHERE %(id)s::text IS NULL OR o.id = %(id)s
 ORDER BY CASE WHEN o.ended_at IS NOT NULL THEN 2 WHEN o.started_at IS NOT NULL THEN 0 ELSE 1 END, o.due_at, o.id
OFFSET %(offset)s LIMIT %(limit)s;

-- count_of_orders --
-- How many orders there are.
SELECT count(*) FROM work_order;

-- override_in_force --
-- The newest exception of a day and shift, known or about to be; no row where there was never one.
SELECT id, day, shift, kind, starts, ends, breaks, name, by, why, at, known_from FROM calendar_override
 WHERE day = %(day)s AND shift = %(shift)s ORDER BY id DESC LIMIT 1;

-- overrides --
-- Exceptions and their ends, the newest first.
SELECT id, day, shift, kind, starts, ends, breaks, name, by, why, at, known_from FROM calendar_override
 WHERE %(before)s::bigint IS NULL OR id < %(before)s
 ORDER BY id DESC LIMIT %(limit)s;

-- overrides_of_days --
-- The exceptions that hold on some days, as known at an instant or (NULL) now.
SELECT DISTINCT ON (day, shift)
       id, day, shift, kind, starts, ends, breaks, name, by, why, at, known_from FROM calendar_override
 WHERE day >= %(from)s AND day < %(to)s AND known_from <= coalesce(%(as_of)s, 'infinity'::timestamptz)
 ORDER BY day, shift, known_from DESC, id DESC;

-- override_known --
-- Whether the keeper has taken an exception in.
SELECT known_from IS NOT NULL FROM calendar_override WHERE id = %(id)s;

-- edit_list --
-- Edits of machines that touch a window, the newest first, with the undo that is in effect.
SELECT e.id, e.machine, e.kind, e.from_at, e.to_at, e.state, e.reason, e.comment, e.before, e.by, e.why, e.at, e.undoes,
       e.known_from,
       (SELECT max(u.id) FROM edit u
         WHERE u.undoes = e.id AND NOT EXISTS (SELECT FROM edit redo WHERE redo.undoes = u.id)) AS undone_by
  FROM edit e
 WHERE e.machine = ANY(%(machines)s)
   AND (%(id)s::bigint IS NULL OR e.id = %(id)s)
   AND (%(from)s::timestamptz IS NULL OR e.to_at >= %(from)s) AND (%(to)s::timestamptz IS NULL OR e.from_at < %(to)s)
   AND (%(before)s::bigint IS NULL OR e.id < %(before)s)
 ORDER BY e.id DESC LIMIT %(limit)s;

-- edit_known --
-- Whether the keeper has taken an edit in.
SELECT known_from IS NOT NULL FROM edit WHERE id = %(id)s;

-- lock_edits --
-- One at a time changes the edits of a machine.
SELECT pg_advisory_xact_lock(hashtextextended('shopfloor-edit-' || %(machine)s, 0));

-- cycle_list --
-- The ideal cycles of a machine that hold from some instant on, as known at an instant or (NULL) now, and those about to be.
SELECT DISTINCT ON (product, from_at)
       id, machine, product, CASE WHEN from_at > '1970-01-01Z' THEN from_at END, cycle_us, source, by, why, at, known_from
  FROM ideal_cycle
 WHERE machine = %(machine)s
   AND (known_from <= coalesce(%(as_of)s, 'infinity'::timestamptz) OR (known_from IS NULL AND %(as_of)s::timestamptz IS NULL))
 ORDER BY product NULLS FIRST, from_at, known_from DESC NULLS FIRST, id DESC;

-- cycle_known --
-- Whether the keeper has taken an ideal cycle in.
SELECT known_from IS NOT NULL FROM ideal_cycle WHERE id = %(id)s;

-- restatements --
-- What changed in windows that were final, the newest first; a machine's own and those of all.
SELECT id, machine, from_at, to_at, cause, cause_id, by, why, known_before, known_at FROM restatement
 WHERE (machine IS NULL OR machine = ANY(%(machines)s))
   AND (%(from)s::timestamptz IS NULL OR to_at > %(from)s) AND (%(to)s::timestamptz IS NULL OR from_at < %(to)s)
   AND (%(before)s::bigint IS NULL OR id < %(before)s)
 ORDER BY id DESC LIMIT %(limit)s;

-- receipt_end --
-- The instant of the first fact of a window that is beyond so many; no row where a receipt holds them all.
SELECT at FROM (SELECT at FROM states_known(%(as_of)s) s
                 WHERE s.machine = ANY(%(machines)s) AND at > %(from)s AND at < %(to)s
                UNION ALL
                SELECT at FROM steps_known(%(as_of)s) s
                 WHERE s.machine = ANY(%(machines)s) AND at >= %(from)s AND at < %(to)s) AS fact
 ORDER BY at OFFSET %(most)s LIMIT 1;

-- origins --
-- The samples behind facts, each with the frame that brought it: of a state the last one at or before an instant, of a
-- counter the usable one at it; of several at one instant the one that won. No row where it is not kept any more.
SELECT w.n, (extract(epoch FROM o.at) * 1000000)::bigint, o.value, o.quality, o.node, o.epoch, o.seq,
       encode(o.sha256, 'hex'), (extract(epoch FROM o.ingested_at) * 1000000)::bigint
  FROM unnest(%(n)s::int[], %(series)s::int[], %(at)s::timestamptz[], %(counter)s::bool[]) AS w(n, series, at, counter),
       LATERAL (
       (SELECT s.at, s.value, s.quality, f.node, f.epoch, f.seq, f.sha256, f.ingested_at
          FROM sample s JOIN node ON node.number = s.node
          JOIN frame f ON f.node = node.node AND f.epoch = s.epoch AND f.seq = s.seq
         WHERE w.counter AND s.series = w.series AND s.at = w.at AND s.quality < 4 AND abs(s.value) <= 9007199254740992
           AND f.ingested_at <= %(as_of)s
         ORDER BY s.edge_at DESC, s.node DESC, s.epoch DESC, s.seq DESC, s.value DESC LIMIT 1)
       UNION ALL
       (SELECT s.at, s.value, s.quality, f.node, f.epoch, f.seq, f.sha256, f.ingested_at
          FROM sample s JOIN node ON node.number = s.node
          JOIN frame f ON f.node = node.node AND f.epoch = s.epoch AND f.seq = s.seq
         WHERE NOT w.counter AND s.series = w.series AND s.at <= w.at AND s.quality < 4 AND f.ingested_at <= %(as_of)s
         ORDER BY s.at DESC, s.edge_at DESC, s.node DESC, s.epoch DESC, s.seq DESC, s.value DESC LIMIT 1)) AS o;

-- receipt_edits --
-- The edits that touch spans of machines, in the order in which they became known, with who and why.
SELECT e.machine, e.id, e.kind, (extract(epoch FROM e.from_at) * 1000000)::bigint,
       (extract(epoch FROM e.to_at) * 1000000)::bigint, e.state, e.reason, e.comment, e.undoes, e.by, e.why,
       (extract(epoch FROM e.at) * 1000000)::bigint
  FROM unnest(%(machines)s::text[], %(from)s::timestamptz[], %(to)s::timestamptz[]) AS w(machine, from_at, to_at)
  JOIN edit e ON e.machine = w.machine AND e.to_at >= w.from_at AND e.from_at <= w.to_at
 WHERE e.known_from <= %(as_of)s
 ORDER BY e.machine, e.known_from, e.id;

-- series_of --
-- The numbers of the series of machines.
SELECT machine, tag, series FROM series WHERE machine = ANY(%(machines)s);

-- shown_cycles --
-- What tags that show the last cycle said in a window and up to a minute before it, each value where it begins to be so;
-- NaN where they could not be read. With as_of only what had come by then.
SELECT machine, at_us, value FROM (
    SELECT w.machine, (extract(epoch FROM s.at) * 1000000)::bigint AS at_us, coalesce(s.value, 'NaN') AS value,
           lag(coalesce(s.value, 'NaN')) OVER (PARTITION BY s.series ORDER BY s.at, s.edge_at) AS before
      FROM unnest(%(machines)s::text[], %(tags)s::text[]) AS w (machine, tag)
      JOIN series USING (machine, tag)
      JOIN sample s ON s.series = series.series AND s.quality < 4
                   AND s.at >= %(from)s::timestamptz - interval '1 minute' AND s.at < %(to)s
     WHERE %(as_of)s::timestamptz IS NULL
        OR EXISTS (SELECT FROM node n JOIN frame f ON f.node = n.node AND f.epoch = s.epoch AND f.seq = s.seq
                    WHERE n.number = s.node AND f.ingested_at <= %(as_of)s)) AS shown
 WHERE value IS DISTINCT FROM before
 ORDER BY machine, at_us;

-- lock_once --
-- Whether nobody else makes the change with this key at this moment; held until the transaction ends.
SELECT pg_try_advisory_xact_lock(hashtextextended('shopfloor-once-' || %(who)s || ' ' || %(key)s, 0));

-- answered_once --
-- The change that a key stands for, and how it was answered; no row for a new key.
SELECT request, status, answer FROM idempotency_record WHERE who = %(who)s AND key = %(key)s;

-- keep_answer --
-- The answer to a change, as it is known now.
INSERT INTO idempotency_record (who, key, request, status, answer)
VALUES (%(who)s, %(key)s, %(request)s, %(status)s, %(answer)s)
ON CONFLICT (who, key) DO UPDATE SET status = excluded.status, answer = excluded.answer
 WHERE idempotency_record.request = excluded.request;

-- forget_answers --
-- Old answers are forgotten.
DELETE FROM idempotency_record WHERE at < %(before)s;
