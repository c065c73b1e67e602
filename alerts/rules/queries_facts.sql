-- tape --
-- The states of a machine up to an instant, from the one in force at another on.
SELECT at, state FROM state_change
 WHERE machine = %(machine)s AND at <= %(until)s
   AND at >= coalesce((SELECT max(x.at) FROM state_change x WHERE x.machine = %(machine)s AND x.at <= %(since)s), '2000-01-01Z')
 ORDER BY at;

-- counts --
-- The parts of a machine that became known in a span.
SELECT counter, at, parts, bridged FROM count_step
 WHERE machine = %(machine)s AND counter = ANY (ARRAY['total', 'good', 'scrap', 'reported'])
   AND at > %(since)s AND at <= %(until)s AND parts > 0
 ORDER BY at;

-- last_count --
-- The last count of each counter up to an instant, so that what it was long ago is known; of the day before only.
SELECT c.counter, s.at FROM unnest(ARRAY['total', 'good', 'scrap', 'reported']) AS c (counter), LATERAL (
       SELECT at FROM count_step
        WHERE machine = %(machine)s AND counter = c.counter AND at <= %(since)s AND at > %(since)s - interval '1 day'
          AND parts > 0
        ORDER BY at DESC LIMIT 1) AS s;

-- products --
-- What a machine made in a span.
SELECT at, product FROM product_change
 WHERE machine = %(machine)s AND at <= %(until)s
   AND at >= coalesce((SELECT max(x.at) FROM product_change x WHERE x.machine = %(machine)s AND x.at <= %(since)s), '2000-01-01Z')
 ORDER BY at;

-- cycles --
-- The ideal cycles of a machine, in the order in which they became known.
SELECT product, from_at, cycle_us FROM ideal_cycle
 WHERE machine = %(machine)s AND known_from IS NOT NULL ORDER BY known_from, id;

-- hours --
-- The sums of the hours of some equipment in a span: planned, not seen, ideal time of good parts; see mes.kpi.elements.
SELECT equipment, hour, elements[3], elements[9] + elements[11], elements[34] FROM equipment_hour
 WHERE equipment = ANY (%(equipment)s) AND hour >= %(since)s AND hour < %(until)s AND NOT outdated
 ORDER BY equipment, hour;
