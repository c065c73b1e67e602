-- written by: mes

-- A program that may use the API. name: what every journal has as client, for good. Never deleted: a revoked one stays.
CREATE TABLE api_client (
    name text PRIMARY KEY CHECK (name ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
    scopes text[] NOT NULL CHECK (cardinality(scopes) > 0),
    revoked_at timestamptz,
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- A key of a client. hash: SHA-256 of the key, which itself is nowhere; 256 random bits need no slow hash.
CREATE TABLE api_key (
    id uuid PRIMARY KEY,
    api_client text NOT NULL REFERENCES api_client,
    hash bytea NOT NULL UNIQUE CHECK (length(hash) = 32),
    expires_at timestamptz,
    revoked_at timestamptz,
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX api_key_client ON api_key (api_client);

-- A token that a client was given for one of its keys (OAuth 2.0, client credentials). Deleted some time after its end.
CREATE TABLE access_token (
    hash bytea PRIMARY KEY CHECK (length(hash) = 32),
    api_key uuid NOT NULL REFERENCES api_key,
    scopes text[] NOT NULL,
    expires_at timestamptz NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX access_token_end ON access_token (expires_at);

-- A person. number: what the company calls them, for good. name: NULL once it was erased; the row stays, since history
-- refers to it.
CREATE TABLE person (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    written bigint NOT NULL UNIQUE GENERATED ALWAYS AS IDENTITY,
    number text NOT NULL UNIQUE CHECK (number <> ''),
    name text,
    language text CHECK (language IN ('en', 'zh')),
    active_from timestamptz NOT NULL,
    active_to timestamptz CHECK (active_to > active_from),
    erased_at timestamptz,
    version integer NOT NULL DEFAULT 1 CHECK (version > 0),
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK ((name IS NULL) = (erased_at IS NOT NULL))
);
CREATE INDEX person_name ON person (name);

-- What a person may do, where and when. place: the site, which is all of it, or a line. ended_by, ended_client: who has
-- given ends_at, where it was not known from the begin.
CREATE TABLE role_grant (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    holder uuid NOT NULL REFERENCES person,
    role text NOT NULL CHECK (role IN ('viewer', 'operator', 'supervisor', 'maintenance', 'quality', 'planner',
        'engineer', 'administrator')),
    place text NOT NULL CHECK (place <> ''),
    begins_at timestamptz NOT NULL,
    ends_at timestamptz CHECK (ends_at >= begins_at),
    ended_by text,
    ended_client text,
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX role_grant_holder ON role_grant (holder);

-- How a person proves who they are. password, pin: argon2id, each with a salt of its own. wrong: when the last wrong tries
-- were; a right one empties it. locked_until: after too many of them.
CREATE TABLE login (
    holder uuid PRIMARY KEY REFERENCES person,
    password text,
    pin text,
    wrong timestamptz[] NOT NULL DEFAULT '{}',
    locked_until timestamptz,
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- A browser in which a person is logged in. hash: SHA-256 of what its cookie holds. seen_at: to the minute. ended_at: it
-- was logged out, or somebody has ended it. Deleted some time after its end.
CREATE TABLE session (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    hash bytea NOT NULL UNIQUE CHECK (length(hash) = 32),
    holder uuid NOT NULL REFERENCES person,
    method text NOT NULL CHECK (method IN ('password', 'openid', 'link')),
    begins_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE INDEX session_holder ON session (holder) WHERE ended_at IS NULL;
CREATE INDEX session_end ON session (expires_at);

-- A badge that a scanner or reader types. hash: HMAC-SHA256 by badge_key, since badges hold few digits.
CREATE TABLE badge (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    hash bytea NOT NULL CHECK (length(hash) = 32),
    holder uuid NOT NULL REFERENCES person,
    begins_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ends_at timestamptz CHECK (ends_at >= begins_at),
    person text,
    client text NOT NULL
);
CREATE UNIQUE INDEX badge_live ON badge (hash) WHERE ends_at IS NULL;
CREATE INDEX badge_holder ON badge (holder);

-- The key of badges' hashes. Who can write to the database can read it.
CREATE TABLE badge_key (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    key bytea NOT NULL
);
INSERT INTO badge_key (key)
SELECT decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex');

-- A browser that several people share at some machines. hash: SHA-256 of what its cookie holds.
CREATE TABLE station (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL CHECK (name <> ''),
    machines text[] NOT NULL CHECK (cardinality(machines) > 0),
    hash bytea NOT NULL UNIQUE CHECK (length(hash) = 32),
    ended_at timestamptz,
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE UNIQUE INDEX station_name ON station (name) WHERE ended_at IS NULL;

-- Who works at a station, from and until. operation: NULL while none is named.
CREATE TABLE sign_on (
    id uuid PRIMARY KEY,
    written bigint NOT NULL UNIQUE GENERATED ALWAYS AS IDENTITY,
    holder uuid NOT NULL REFERENCES person,
    station uuid NOT NULL REFERENCES station,
    operation uuid,
    method text NOT NULL CHECK (method IN ('badge', 'pin', 'login')),
    begins_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ends_at timestamptz CHECK (ends_at >= begins_at),
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE UNIQUE INDEX sign_on_open ON sign_on (holder, station) WHERE ends_at IS NULL;
CREATE INDEX sign_on_station ON sign_on (station) WHERE ends_at IS NULL;
CREATE INDEX sign_on_begins ON sign_on (begins_at);

-- A link that works once. hash: SHA-256 of what it holds. first: whoever opens it becomes the first administrator.
CREATE TABLE one_time_link (
    hash bytea PRIMARY KEY CHECK (length(hash) = 32),
    kind text NOT NULL CHECK (kind IN ('first', 'password')),
    holder uuid REFERENCES person,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK ((holder IS NULL) = (kind = 'first'))
);

-- A log-in with a company account that has begun: state and browser are SHA-256 of what went to the provider and into a
-- cookie. It is deleted when the person comes back, or some time after its end.
CREATE TABLE openid_attempt (
    state bytea PRIMARY KEY CHECK (length(state) = 32),
    browser bytea NOT NULL CHECK (length(browser) = 32),
    nonce text NOT NULL,
    verifier text NOT NULL,
    next text NOT NULL,
    expires_at timestamptz NOT NULL
);
