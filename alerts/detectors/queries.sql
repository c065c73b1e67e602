-- learned --
-- What each detector has learned, as it was saved.
SELECT rule, machine, watches, until_us, memory FROM detector;

-- save --
-- What a detector has learned, and what people are shown of it.
INSERT INTO detector (rule, machine, watches, until_us, memory, learned_us, learns_us, ready, tags, at)
VALUES (%(rule)s, %(machine)s, %(watches)s, %(until_us)s, %(memory)s, %(learned_us)s, %(learns_us)s, %(ready)s,
        %(tags)s, clock_timestamp())
ON CONFLICT (rule, machine) DO UPDATE
   SET watches = excluded.watches, until_us = excluded.until_us, memory = excluded.memory, at = excluded.at,
       learned_us = excluded.learned_us, learns_us = excluded.learns_us, ready = excluded.ready, tags = excluded.tags;

-- forget --
-- Detectors that no rule of the plant file asks for.
DELETE FROM detector WHERE NOT EXISTS (
    SELECT FROM unnest(%(rules)s::text[], %(machines)s::text[]) AS asked (rule, machine)
     WHERE asked.rule = detector.rule AND asked.machine = detector.machine);
