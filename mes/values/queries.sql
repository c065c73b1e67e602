-- instant --
-- The instant, and the number of a tag's series; NULL where it has never told anything.
SELECT clock_timestamp(), (SELECT array_agg((SELECT series FROM series WHERE machine = %(machine)s AND tag = w.tag) ORDER BY n)
                             FROM unnest(%(tags)s::text[]) WITH ORDINALITY AS w(tag, n));

-- later_frames --
-- The frames with samples of a window that came after an instant.
SELECT array_agg(node.number::int), array_agg(f.epoch), array_agg(f.seq)
  FROM frame f JOIN node ON node.node = f.node
 WHERE f.ingested_at > %(as_of)s AND f.first_at < %(to)s AND f.last_at >= %(from)s;

-- samples --
-- The samples of a series in a span, as columns, in whatever order they lie; without those whose time cannot be true.
SELECT array_agg(at), array_agg(coalesce(value, 'NaN')), array_agg(quality)
  FROM sample WHERE series = %(series)s AND at >= %(from)s AND at < %(to)s AND quality & 4 = 0;

-- earlier_samples --
-- As samples, without those of some frames.
SELECT array_agg(at), array_agg(coalesce(value, 'NaN')), array_agg(quality)
  FROM sample s
 WHERE series = %(series)s AND at >= %(from)s AND at < %(to)s AND quality & 4 = 0
   AND NOT EXISTS (SELECT FROM unnest(%(nodes)s::int[], %(epochs)s::int[], %(seqs)s::bigint[]) AS f(node, epoch, seq)
                    WHERE f.node = s.node AND f.epoch = s.epoch AND f.seq = s.seq);

-- texts --
-- The texts with some numbers.
SELECT number, text FROM text_value WHERE number = ANY(%(numbers)s);
