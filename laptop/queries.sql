-- first_look --
-- Of how many machines the state is known now, up to when history is stored, and whether the facts hold it.
SELECT (SELECT count(*)
          FROM unnest(%(machines)s::text[]) AS m (machine),
               LATERAL (SELECT state FROM state_change s
                         WHERE s.machine = m.machine AND s.at <= clock_timestamp() ORDER BY s.at DESC LIMIT 1) AS in_force
         WHERE in_force.state <> 0),
       (SELECT max(last_at)
          FROM (SELECT * FROM frame ORDER BY transaction DESC LIMIT 500) AS recent
         WHERE lane = 'backlog'),
       NOT EXISTS (SELECT FROM frame
                    WHERE lane = 'backlog' AND transaction >= (SELECT transaction FROM mes_position))
       AND EXISTS (SELECT FROM mes_position) AND NOT EXISTS (SELECT FROM late_span WHERE done_at IS NULL);
