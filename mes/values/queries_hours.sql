-- horizon --
-- Every transaction before this one has ended.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text;

-- begin --
-- The hours begin to follow the frames here, where they have not before.
INSERT INTO value_position (transaction) VALUES (%(horizon)s::xid8) ON CONFLICT DO NOTHING;

-- up_to --
-- How far the next step goes: past a bounded number of frames.
SELECT coalesce((SELECT f.transaction::text FROM frame f
                  WHERE f.transaction > p.transaction AND f.transaction < %(horizon)s::xid8
                  ORDER BY f.transaction OFFSET %(most)s LIMIT 1), %(horizon)s::text), p.transaction::text
  FROM value_position p;

-- outdate --
-- Hours that have been looked at and of which more has come are not what they were any more.
WITH touched AS (
    SELECT DISTINCT m.machine, date_trunc('hour', f.first_at) AS from_hour, f.last_at
      FROM frame f, unnest(f.machines) AS m (machine)
     WHERE f.transaction >= %(from)s::xid8 AND f.transaction < %(to)s::xid8
)
INSERT INTO value_hour (series, hour, outdated)
SELECT DISTINCT s.series, h, true
  FROM touched t JOIN series s ON s.machine = t.machine JOIN value_hours_made d ON d.series = s.series,
       generate_series(greatest(t.from_hour, d.from_hour), least(t.last_at, d.to_hour - interval '1 microsecond'),
                       interval '1 hour') AS h
ON CONFLICT (series, hour) DO UPDATE SET outdated = true;

-- move --
UPDATE value_position SET transaction = %(to)s::xid8;

-- series_of --
-- The numbers of the series of some tags.
SELECT s.series FROM series s
  JOIN unnest(%(machines)s::text[], %(tags)s::text[]) AS w (machine, tag) ON w.machine = s.machine AND w.tag = s.tag;

-- outdated --
-- Hours to be made anew, the newest first.
SELECT series, hour FROM value_hour WHERE outdated AND series = ANY (%(series)s) ORDER BY hour DESC LIMIT %(most)s;

-- behind --
-- Series of which an hour is over that nobody has looked at, and which hours have been.
SELECT w.series, d.to_hour FROM unnest(%(series)s::int[]) AS w (series) LEFT JOIN value_hours_made d USING (series)
 WHERE d.to_hour IS NULL OR d.to_hour < %(hour)s LIMIT %(most)s;

-- unfinished --
-- Series of which earlier hours may be there that nobody has looked at.
SELECT d.series, d.from_hour FROM value_hours_made d
 WHERE NOT d.begun AND d.series = ANY (%(series)s) ORDER BY d.from_hour DESC LIMIT %(most)s;

-- anything_before --
SELECT EXISTS (SELECT FROM sample WHERE series = %(series)s AND at < %(hour)s AND at >= %(oldest)s);

-- looked_at --
-- These hours have been looked at too.
INSERT INTO value_hours_made (series, from_hour, to_hour) VALUES (%(series)s, %(from)s, %(to)s)
ON CONFLICT (series) DO UPDATE SET from_hour = least(value_hours_made.from_hour, excluded.from_hour),
                                   to_hour = greatest(value_hours_made.to_hour, excluded.to_hour);

-- all_looked_at --
UPDATE value_hours_made SET begun = true WHERE series = %(series)s;

-- drop_hour --
DELETE FROM value_hour WHERE series = %(series)s AND hour = %(hour)s;

-- put_hour --
INSERT INTO value_hour (series, hour, samples, good, bad, longest_us, at_us, value, quality)
VALUES (%(series)s, %(hour)s, %(samples)s, %(good)s, %(bad)s, %(longest_us)s, %(at_us)s, %(value)s, %(quality)s)
ON CONFLICT (series, hour) DO UPDATE
   SET samples = excluded.samples, good = excluded.good, bad = excluded.bad, longest_us = excluded.longest_us,
       at_us = excluded.at_us, value = excluded.value, quality = excluded.quality, outdated = false;

-- forget_hours --
-- What is older than the samples that are kept goes.
DELETE FROM value_hour WHERE hour < %(before)s;

-- touched_since --
-- When frames have samples that the hours do not hold yet; no row where they are too many to look at.
SELECT f.first_at, f.last_at FROM value_position p JOIN frame f ON f.transaction >= p.transaction
 WHERE f.first_at < %(to)s AND f.last_at >= %(from)s LIMIT %(most)s;

-- touched_later --
-- When frames have samples that came after an instant.
SELECT f.first_at, f.last_at FROM frame f
 WHERE f.ingested_at > %(as_of)s AND f.first_at < %(to)s AND f.last_at >= %(from)s LIMIT %(most)s;

-- hours --
-- The hours of a series in a window that are as they are now.
SELECT (extract(epoch FROM hour) * 1000000)::bigint, samples, good, bad, longest_us, at_us, value, quality
  FROM value_hour WHERE series = %(series)s AND hour >= %(from)s AND hour < %(to)s AND NOT outdated ORDER BY hour;
