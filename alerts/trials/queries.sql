-- samples --
-- The samples of some tags of a machine in a span, in the order of their times.
SELECT t.tag, s.at, s.value, s.quality
  FROM series t JOIN sample s ON s.series = t.series
 WHERE t.machine = %(machine)s AND t.tag = ANY (%(tags)s) AND s.at > %(since)s AND s.at <= %(until)s AND s.quality < 4
 ORDER BY s.at, s.edge_at, s.epoch, s.seq LIMIT %(most)s;

-- patience --
-- How long one answer of the database may take here.
SET LOCAL statement_timeout = '60s';
