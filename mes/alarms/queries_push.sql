-- push_key --
-- The key of this installation's push messages.
SELECT public FROM push_key;

-- make_push_key --
-- Keeps the first one that was made.
INSERT INTO push_key (private, public) VALUES (%(private)s, %(public)s) ON CONFLICT DO NOTHING;

-- subscribe --
-- A browser wants messages, or wants them otherwise.
INSERT INTO push_subscription (endpoint, p256dh, auth, language, person)
VALUES (%(endpoint)s, %(p256dh)s, %(auth)s, %(language)s, %(person)s)
ON CONFLICT (endpoint) DO UPDATE SET p256dh = excluded.p256dh, auth = excluded.auth, language = excluded.language,
       person = excluded.person, at = clock_timestamp();

-- unsubscribe --
-- A browser wants no more.
DELETE FROM push_subscription WHERE endpoint = %(endpoint)s;
