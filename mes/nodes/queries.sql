-- nodes --
-- What is known of each edge agent; of its newest frames how many samples were held out, because their time cannot be true.
SELECT n.node, n.state, n.epoch, n.since, n.machines, f.ingested_at, f.edge_to,
       (SELECT coalesce(sum(g.last_seq - g.first_seq + 1), 0)::bigint FROM sequence_gap g
         WHERE g.node = n.node AND g.cause = 'missing') AS missing,
       h.held_out, h.samples, h.oldest
  FROM node n
  LEFT JOIN LATERAL (SELECT ingested_at, edge_to FROM frame
                      WHERE frame.node = n.node ORDER BY transaction DESC, lane DESC, edge_to DESC LIMIT 1) AS f ON true
  LEFT JOIN LATERAL (SELECT sum(held_out) AS held_out, sum(samples) AS samples, min(ingested_at) AS oldest
                       FROM (SELECT held_out, samples, ingested_at FROM frame
                              WHERE frame.node = n.node ORDER BY transaction DESC LIMIT %(newest)s) AS newest) AS h ON true
 ORDER BY n.node;

-- clocks --
-- The last hours in which each clock was seen, oldest first.
SELECT s.source, c.minute, c.offset_us
  FROM unnest(%(sources)s::text[]) AS s (source),
       LATERAL (SELECT minute, offset_us FROM clock
                 WHERE clock.source = s.source
                   AND minute > (SELECT max(newest.minute) FROM clock newest WHERE newest.source = s.source) - %(window)s::interval) AS c
 ORDER BY s.source, c.minute;
