-- run_hours --
-- How long a machine has run since the latest reset of a counter, or since its tape begins, in microseconds; and since
-- when. Only time whose state is known counts.
WITH since AS (
    SELECT coalesce((SELECT max(at) FROM run_hour_reset WHERE counter = %(counter)s), '2000-01-01Z') AS at),
tape AS (
    SELECT greatest(c.at, s.at) AS begins, c.state,
           lead(c.at, 1, now()) OVER (ORDER BY c.at) AS ends
      FROM since s JOIN state_change c ON c.machine = %(machine)s AND c.at <= now()
       AND c.at >= coalesce((SELECT max(x.at) FROM state_change x WHERE x.machine = %(machine)s AND x.at <= s.at),
                            '-infinity'))
SELECT coalesce((sum(extract(epoch FROM ends - begins)) FILTER (WHERE state = %(running)s) * 1000000)::bigint, 0),
       min(begins)
  FROM tape WHERE ends > begins;

-- reset --
-- The work was done: the hours count anew.
INSERT INTO run_hour_reset (counter, at, person, client, comment)
VALUES (%(counter)s, now(), %(person)s, %(client)s, %(comment)s);
