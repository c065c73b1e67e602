-- count_use --
INSERT INTO usage_count (day, method, address, answers, within, slowest_ms, refused, failed)
VALUES (%(day)s, %(method)s, %(address)s, %(answers)s, %(within)s, %(slowest_ms)s, %(refused)s, %(failed)s)
ON CONFLICT (day, method, address) DO UPDATE
   SET answers = usage_count.answers + excluded.answers,
       within = ARRAY(SELECT coalesce(a, 0) + coalesce(b, 0)
                        FROM unnest(usage_count.within, excluded.within) WITH ORDINALITY AS w(a, b, n) ORDER BY n),
       slowest_ms = greatest(usage_count.slowest_ms, excluded.slowest_ms),
       refused = usage_count.refused + excluded.refused, failed = usage_count.failed + excluded.failed;

-- uses --
-- Each address since a day: how often, how quickly, on how many days; most used first.
SELECT method, address, sum(answers)::bigint, count(*),
       ARRAY[sum(within[1]), sum(within[2]), sum(within[3]), sum(within[4]), sum(within[5])]::bigint[],
       max(slowest_ms), sum(refused)::bigint, sum(failed)::bigint
  FROM usage_count WHERE day >= %(since)s GROUP BY method, address ORDER BY 3 DESC, 2;

-- use_by_day --
SELECT day, sum(answers)::bigint,
       ARRAY[sum(within[1]), sum(within[2]), sum(within[3]), sum(within[4]), sum(within[5])]::bigint[],
       max(slowest_ms), sum(failed)::bigint
  FROM usage_count WHERE day >= %(since)s GROUP BY day ORDER BY day DESC;

-- data_by_day --
-- Samples that came on each day, and what was wrong: held out for their time, refused messages, samples that an agent
-- has given up, frames that never came.
WITH days AS (SELECT generate_series(%(since)s::date, current_date, interval '1 day')::date AS day)
SELECT d.day,
       coalesce(f.samples, 0), coalesce(f.held_out, 0),
       (SELECT count(*) FROM rejected_message r WHERE r.rejected_at >= d.day AND r.rejected_at < d.day + 1),
       (SELECT coalesce(sum(u.lost), 0)::bigint FROM collection_gap u WHERE u.from_at >= d.day AND u.from_at < d.day + 1),
       (SELECT coalesce(sum(s.last_seq - s.first_seq + 1), 0)::bigint FROM sequence_gap s
         WHERE s.noticed_at >= d.day AND s.noticed_at < d.day + 1)
  FROM days d LEFT JOIN LATERAL (
       SELECT sum(samples)::bigint AS samples, sum(held_out)::bigint AS held_out FROM frame
        WHERE ingested_at >= d.day AND ingested_at < d.day + 1) AS f ON true
 ORDER BY d.day DESC;

-- entries_by_day --
-- What people have entered on each day, and how much of it they have taken back, corrected, or had refused as a conflict.
WITH days AS (SELECT generate_series(%(since)s::date, current_date, interval '1 day')::date AS day)
SELECT d.day,
       (SELECT count(*) FROM edit e WHERE e.at >= d.day AND e.at < d.day + 1 AND e.undoes IS NULL)
     + (SELECT count(*) FROM production_quantity q WHERE q.at >= d.day AND q.at < d.day + 1 AND q.corrects IS NULL)
     + (SELECT count(*) FROM transition t WHERE t.at >= d.day AND t.at < d.day + 1 AND t.undoes IS NULL),
       (SELECT count(*) FROM edit e WHERE e.at >= d.day AND e.at < d.day + 1 AND e.undoes IS NOT NULL)
     + (SELECT count(*) FROM production_quantity q WHERE q.at >= d.day AND q.at < d.day + 1 AND q.corrects IS NOT NULL)
     + (SELECT count(*) FROM transition t WHERE t.at >= d.day AND t.at < d.day + 1 AND t.undoes IS NOT NULL),
       (SELECT count(*) FROM tablet_entry x WHERE x.received_at >= d.day AND x.received_at < d.day + 1
                                              AND x.problem IS NOT NULL)
  FROM days d ORDER BY d.day DESC;
