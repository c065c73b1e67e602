-- samples_around --
-- The samples of a tag around an instant as they came: source, edge and ingest time, and the frame that brought each.
WITH wanted AS (
    SELECT series FROM series WHERE machine = %(machine)s AND tag = %(tag)s
), around AS (
    (SELECT s.* FROM sample s JOIN wanted USING (series)
      WHERE at <= %(at)s AND at >= %(at)s - interval '1 day' ORDER BY at DESC LIMIT %(most)s)
    UNION ALL
    (SELECT s.* FROM sample s JOIN wanted USING (series)
      WHERE at > %(at)s AND at < %(at)s + interval '1 day' ORDER BY at LIMIT %(most)s)
)
SELECT (extract(epoch FROM a.at) * 1000000)::bigint, (extract(epoch FROM a.edge_at) * 1000000)::bigint,
       (extract(epoch FROM f.ingested_at) * 1000000)::bigint, a.value, t.text, a.quality, n.node, a.epoch, a.seq
  FROM around a JOIN node n ON n.number = a.node
  LEFT JOIN frame f ON f.node = n.node AND f.epoch = a.epoch AND f.seq = a.seq
  LEFT JOIN text_value t ON a.quality & 8 <> 0 AND t.number = a.value
 ORDER BY a.at DESC;
