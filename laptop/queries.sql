-- first_look --
-- How many machines sent something in the last so many seconds, up to when history is stored, and whether the facts hold it.
SELECT (SELECT count(DISTINCT machine)
          FROM (SELECT * FROM frame ORDER BY transaction DESC LIMIT 500) AS recent, unnest(machines) AS machine
         WHERE lane = 'live' AND ingested_at > clock_timestamp() - %(seconds)s * interval '1 second'),
       (SELECT max(last_at)
          FROM (SELECT * FROM frame ORDER BY transaction DESC LIMIT 500) AS recent
         WHERE lane = 'backlog'),
       NOT EXISTS (SELECT FROM frame
                    WHERE lane = 'backlog' AND transaction >= (SELECT transaction FROM mes_position))
       AND EXISTS (SELECT FROM mes_position);
