-- detectors --
-- Each anomaly rule on each machine: what it has learned, and how often it was raised in the four weeks before, week by
-- week with the last one first.
SELECT d.rule, d.machine, d.learned_us, d.learns_us, d.ready, d.tags,
       ARRAY (SELECT count(j.id) FROM generate_series(0, 3) AS w (week)
               LEFT JOIN (alarm_journal j JOIN alarm a ON a.id = j.alarm AND a.rule = d.rule AND a.machine = d.machine)
                 ON j.event IN ('raised', 'raised_again')
                AND j.at >= clock_timestamp() - interval '7 days' * (w.week + 1)
                AND j.at < clock_timestamp() - interval '7 days' * w.week
              GROUP BY w.week ORDER BY w.week) AS weeks
  FROM detector d ORDER BY d.machine, d.rule LIMIT 2000;
