-- key_holder --
-- Whose key this is, while it is good.
SELECT k.id, c.name, c.scopes, c.scopes
  FROM api_key k JOIN api_client c ON c.name = k.api_client
 WHERE k.hash = %(hash)s AND k.revoked_at IS NULL AND c.revoked_at IS NULL
   AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp());

-- key_holder_by_id --
-- As key_holder, for a session that was begun with the key.
SELECT k.id, c.name, c.scopes, c.scopes
  FROM api_key k JOIN api_client c ON c.name = k.api_client
 WHERE k.id = %(id)s AND k.revoked_at IS NULL AND c.revoked_at IS NULL
   AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp());

-- token_holder --
-- Whose token this is, while it and the key that it was given for are good. It ends with that key, and is good for
-- nothing that its client has lost since.
SELECT k.id, c.name, c.scopes, t.scopes
  FROM access_token t JOIN api_key k ON k.id = t.api_key JOIN api_client c ON c.name = k.api_client
 WHERE t.hash = %(hash)s AND t.expires_at > clock_timestamp()
   AND k.revoked_at IS NULL AND c.revoked_at IS NULL
   AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp());

-- any_client --
-- Whether a program has, or ever had, a key, and whether a person can log in.
SELECT EXISTS (SELECT FROM api_client), EXISTS (SELECT FROM login WHERE password IS NOT NULL);

-- hold_client --
-- A client, held until the transaction ends.
SELECT name, scopes, revoked_at FROM api_client WHERE name = %(name)s FOR UPDATE;

-- add_client --
-- A new client; nothing where the name is taken.
INSERT INTO api_client (name, scopes, person, client)
VALUES (%(name)s, %(scopes)s, %(person)s, %(client)s)
ON CONFLICT DO NOTHING;

-- add_key --
-- A new key of a client.
INSERT INTO api_key (id, api_client, hash, expires_at, person, client)
VALUES (%(id)s, %(name)s, %(hash)s, %(expires_at)s, %(person)s, %(client)s);

-- end_keys --
-- The good keys of a client end at an instant, if not before.
UPDATE api_key
   SET expires_at = least(expires_at, %(ends_at)s)
 WHERE api_client = %(name)s AND revoked_at IS NULL AND id <> %(id)s;

-- revoke_keys --
-- All keys of a client but one are good for nothing from now on.
UPDATE api_key SET revoked_at = clock_timestamp()
 WHERE api_client = %(name)s AND revoked_at IS NULL AND id IS DISTINCT FROM %(id)s;

-- revoke_client --
-- A client may nothing from now on.
UPDATE api_client SET revoked_at = clock_timestamp() WHERE name = %(name)s AND revoked_at IS NULL;

-- scope_client --
-- Other scopes of a client.
UPDATE api_client SET scopes = %(scopes)s WHERE name = %(name)s;

-- clients --
-- All clients, how many of their keys are good, whether one of these has no end, and when the last one ends.
SELECT c.name, c.scopes, c.revoked_at, count(k.id), coalesce(bool_or(k.expires_at IS NULL AND k.id IS NOT NULL), false), max(k.expires_at)
  FROM api_client c
  LEFT JOIN api_key k ON k.api_client = c.name AND k.revoked_at IS NULL
   AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp())
 GROUP BY c.name
 ORDER BY c.name;

-- add_token --
-- A token of a key, and for how many whole seconds it is good: no longer than its key.
INSERT INTO access_token (hash, api_key, scopes, expires_at)
SELECT %(hash)s, id, %(scopes)s, least(clock_timestamp() + %(life)s, expires_at) FROM api_key WHERE id = %(key)s
RETURNING greatest(0, round(extract(epoch FROM expires_at - clock_timestamp())))::integer;

-- forget_tokens --
-- Tokens that ended long ago.
DELETE FROM access_token WHERE expires_at < %(before)s;
