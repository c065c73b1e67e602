-- push_key --
-- By which push services know this installation.
SELECT private FROM push_key;

-- browsers --
-- Those of a person, of a group all; not those that their service knows no more.
SELECT s.endpoint, s.p256dh, s.auth, s.language
  FROM push_subscription s LEFT JOIN push_gone g ON g.endpoint = s.endpoint AND g.at > s.at
 WHERE g.endpoint IS NULL AND (%(person)s::text IS NULL OR s.person = %(person)s)
 ORDER BY s.at LIMIT 200;

-- gone --
-- Browsers that their service knows no more.
INSERT INTO push_gone (endpoint) SELECT unnest(%(endpoints)s::text[])
ON CONFLICT (endpoint) DO UPDATE SET at = clock_timestamp();
