-- newest_samples --
-- The newest sample of each of some tags since an instant, with its three times and its frame; held out ones are none.
SELECT w.machine, w.tag, (extract(epoch FROM l.at) * 1000000)::bigint, (extract(epoch FROM l.edge_at) * 1000000)::bigint,
       (extract(epoch FROM f.ingested_at) * 1000000)::bigint, l.value, t.text, l.quality, n.node, l.epoch, l.seq
  FROM unnest(%(machines)s::text[], %(tags)s::text[]) AS w (machine, tag)
  JOIN series s ON s.machine = w.machine AND s.tag = w.tag
 CROSS JOIN LATERAL (
       SELECT * FROM sample x
        WHERE x.series = s.series AND x.at >= %(since)s AND x.at <= %(until)s AND x.quality & 4 = 0
        ORDER BY x.at DESC LIMIT 1) AS l
  JOIN node n ON n.number = l.node
  LEFT JOIN frame f ON f.node = n.node AND f.epoch = l.epoch AND f.seq = l.seq
  LEFT JOIN text_value t ON l.quality & 8 <> 0 AND t.number = l.value;
