-- only_one --
-- True when no other alerts works on this database; held until the connection ends.
SELECT pg_try_advisory_lock(hashtextextended('shopfloor-alerts', 0));

-- moment --
-- The database's clock, and the transaction before which every frame is visible.
SELECT clock_timestamp(), pg_snapshot_xmin(pg_current_snapshot())::text;

-- position --
-- How far the frames have been judged; no row before the first round.
SELECT transaction::text FROM alerts_position;

-- put_position --
-- The frames of all earlier transactions have been judged.
INSERT INTO alerts_position (transaction) VALUES (%(position)s::xid8)
ON CONFLICT (only_row) DO UPDATE SET transaction = excluded.transaction;

-- next_frames --
-- The transaction of the last of the next frames, NULL when there is none; a transaction is never split.
SELECT max(transaction::text::bigint) FROM (
    SELECT transaction FROM frame
     WHERE transaction >= %(position)s::xid8 AND transaction < %(until)s::xid8
     ORDER BY transaction LIMIT %(limit)s) AS next;

-- watched_series --
-- The numbers of the tags that rules look at.
SELECT s.series, s.machine, s.tag
  FROM series s JOIN unnest(%(machines)s::text[], %(tags)s::text[]) AS watched(machine, tag) USING (machine, tag);

-- new_samples --
-- The samples of watched tags in frames between two positions, not older than `since`; live: read just now.
-- A live frame is as old as its reading, whatever the device's clock says; a backlog frame as old as its values.
SELECT s.series, s.at, s.value, s.quality,
       s.edge_at >= %(live_since)s AND (f.lane = 'live' OR s.at >= %(live_since)s) AS live
  FROM frame f
  JOIN node n ON n.node = f.node
  JOIN series t ON t.machine = ANY (f.machines) AND t.series = ANY (%(series)s)
  JOIN sample s ON s.series = t.series AND s.at BETWEEN f.first_at AND f.last_at
               AND s.node = n.number AND s.epoch = f.epoch AND s.seq = f.seq
 WHERE f.transaction >= %(position)s::xid8 AND f.transaction < %(until)s::xid8
   AND f.last_at >= %(since)s AND s.at >= %(since)s AND s.at <= %(ahead)s AND s.quality < 4
 ORDER BY s.at, s.edge_at, s.epoch, s.seq;

-- recent_samples --
-- The samples of some tags of a machine in a window that have been judged before, in the order of their times.
SELECT t.tag, s.at, s.value, s.quality
  FROM series t
  JOIN sample s ON s.series = t.series
  JOIN node n ON n.number = s.node
 WHERE t.machine = %(machine)s AND t.tag = ANY (%(tags)s) AND s.at >= %(since)s AND s.at <= %(ahead)s AND s.quality < 4
   AND NOT EXISTS (SELECT FROM frame f
                    WHERE f.transaction >= %(position)s::xid8
                      AND f.node = n.node AND f.epoch = s.epoch AND f.seq = s.seq)
 ORDER BY s.at, s.edge_at, s.epoch, s.seq;

-- products --
-- What each machine makes now; NULL while that is not known.
SELECT m.machine, p.product
  FROM unnest(%(machines)s::text[]) AS m (machine), LATERAL (
       SELECT product FROM product_change WHERE machine = m.machine AND at <= clock_timestamp() ORDER BY at DESC LIMIT 1) p;

-- tapes --
-- The tape of each machine up to now, back to its last state that was neither standing nor silent, but not before `since`.
SELECT m.machine, c.at, c.state
  FROM unnest(%(machines)s::text[]) AS m (machine)
  JOIN state_change c ON c.machine = m.machine AND c.at <= %(now)s AND c.at >= '2000-01-01Z'
   AND c.at >= coalesce((SELECT max(x.at) FROM state_change x
                          WHERE x.machine = m.machine AND x.at <= %(since)s), '-infinity')
   AND c.at >= coalesce((SELECT x.at FROM state_change x
                          WHERE x.machine = m.machine AND x.at <= %(now)s AND x.state <> ALL (%(unmoved)s)
                          ORDER BY x.at DESC LIMIT 1), '-infinity')
 ORDER BY m.machine, c.at;

-- revision --
-- Grows when mes has taken in a change of the calendar; no row before its first round.
SELECT revision FROM mes_position;

-- calendar_weeks --
-- The weeks of shifts in the order in which they became known.
SELECT CASE WHEN isfinite(since) THEN since END, shifts, zone FROM calendar_week WHERE known_from IS NOT NULL ORDER BY known_from, id;

-- calendar_overrides --
-- The dated exceptions, likewise.
SELECT day, shift, kind, starts, ends, breaks, name FROM calendar_override
 WHERE known_from IS NOT NULL ORDER BY known_from, id;

-- facts_lag --
-- Whether mes has left the oldest unread frame for between `said` and `borne`; no row when it has read all.
SELECT f.ingested_at < clock_timestamp() - %(said)s AND f.ingested_at > clock_timestamp() - %(borne)s FROM mes_position p JOIN frame f ON f.transaction >= p.transaction
 ORDER BY f.transaction LIMIT 1;

-- late_machines --
-- Machines of whose last days late samples wait to be made into facts: what their tapes say may be half the truth.
SELECT DISTINCT machine FROM late_span
 WHERE done_at IS NULL AND to_us > extract(epoch FROM %(since)s::timestamptz) * 1000000;

-- running_orders --
-- Orders that have begun and not ended, with how late they are expected to be, NULL when that is beyond all times there
-- can be; of several operations of one the latest.
SELECT DISTINCT ON (o.work_order) o.work_order, o.machine, o.line,
       CASE WHEN p.late_by BETWEEN '-200 years' AND '200 years' THEN p.late_by END, p.late
  FROM operation o LEFT JOIN order_progress p ON p.operation = o.id
 WHERE o.state IN ('running', 'interrupted') AND NOT o.hidden
 ORDER BY o.work_order, p.late DESC NULLS LAST, p.late_by DESC NULLS LAST;

-- losses --
-- For each rule, what was noticed since then of each edge agent: samples given up, frames that have not come and that
-- nobody said were dropped, frames refused, a journal set aside. Agents of which nothing was noticed are left out.
SELECT r.rule, l.node, least(sum(l.dropped), 1e15)::bigint, least(sum(l.missing), 1e15)::bigint,
       sum(l.refused)::bigint, bool_or(l.damaged)
  FROM unnest(%(rules)s::text[], %(since)s::timestamptz[]) AS r (rule, since), LATERAL (
       SELECT node, lost::numeric AS dropped, 0::numeric AS missing, 0 AS refused, cause = 'journal_damaged' AS damaged
         FROM collection_gap WHERE noticed_at >= r.since AND (lost > 0 OR cause = 'journal_damaged')
       UNION ALL
       SELECT node, 0, last_seq::numeric - first_seq + 1, 0, false
         FROM sequence_gap WHERE noticed_at >= r.since AND certain AND cause = 'missing'
       UNION ALL
       SELECT node, 0, 0, 1, false FROM rejected_message WHERE rejected_at >= r.since AND node IS NOT NULL) AS l
 GROUP BY r.rule, l.node;

-- newest_plant_file --
-- The hash of the plant file that mes has applied last.
SELECT sha256 FROM plant_file ORDER BY version DESC LIMIT 1;
