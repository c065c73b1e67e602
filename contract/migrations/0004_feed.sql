-- written by: mes

-- The one feed: where it ends, and which life of the database its positions belong to. dropped: the newest position
-- that is not kept any more. origin: server, timeline and database that the epoch began on; another one is a restore.
CREATE TABLE feed (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    epoch uuid NOT NULL,
    origin text,
    position bigint NOT NULL DEFAULT 0 CHECK (position >= dropped),
    dropped bigint NOT NULL DEFAULT 0 CHECK (dropped >= 0)
);
INSERT INTO feed (epoch) VALUES (gen_random_uuid());

-- How many events a subject has had. Whoever tells one holds this row until the transaction ends, so that the events
-- of a subject are committed in the order of their versions.
CREATE TABLE subject_version (
    subject text PRIMARY KEY CHECK (subject <> ''),
    version bigint NOT NULL CHECK (version > 0)
);

-- What the world outside is told, written in the transaction of what it tells. written: of two events of one subject
-- the later one has the greater number; gaps and an order other than that of commits are normal. position: dense, given
-- after the commit by the one sequencer; NULL until then.
CREATE TABLE outbox_event (
    id uuid PRIMARY KEY,
    written bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    type text NOT NULL,
    subject text NOT NULL,
    subject_version bigint NOT NULL CHECK (subject_version > 0),
    data json NOT NULL,
    at timestamptz NOT NULL,
    position bigint UNIQUE CHECK (position > 0),
    UNIQUE (subject, subject_version)
);
CREATE INDEX outbox_event_waiting ON outbox_event (written) WHERE position IS NULL;

-- Who did what, written in the transaction of the act. position and mac are set after the commit by the one sealer:
-- mac is an HMAC over the mac before and this row, so that a row that was changed, or taken out, is found.
CREATE TABLE audit_entry (
    id uuid PRIMARY KEY,
    written bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL,
    action text NOT NULL CHECK (action <> ''),
    subject text NOT NULL CHECK (subject <> ''),
    before jsonb,
    after jsonb,
    position bigint UNIQUE CHECK (position > 0),
    mac bytea,
    CHECK ((position IS NULL) = (mac IS NULL))
);
CREATE INDEX audit_entry_waiting ON audit_entry (written) WHERE position IS NULL;
CREATE INDEX audit_entry_subject ON audit_entry (subject, written);

-- The key of the audit entries' macs where SHOPFLOOR_AUDIT_KEY gives none. Who can write to the database can read it.
CREATE TABLE audit_key (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    key bytea NOT NULL
);
INSERT INTO audit_key (key)
SELECT decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex');

-- A program that reads the feed by cursor, and how far it says that it has come.
CREATE TABLE consumer (
    id text PRIMARY KEY,
    name text NOT NULL,
    epoch uuid NOT NULL,
    position bigint NOT NULL CHECK (position >= 0),
    version integer NOT NULL DEFAULT 1 CHECK (version > 0),
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Where events are posted to, by Standard Webhooks. position: up to it deliveries are planned. secret signs; for a while
-- after a change the one before signs too. reason: why mes itself has disabled it.
CREATE TABLE webhook (
    id text PRIMARY KEY,
    name text NOT NULL,
    url text NOT NULL,
    types text[] NOT NULL,
    state text NOT NULL CHECK (state IN ('active', 'paused', 'disabled')),
    reason text,
    secret bytea NOT NULL,
    secret_before bytea,
    secret_before_until timestamptz,
    position bigint NOT NULL CHECK (position >= 0),
    version integer NOT NULL DEFAULT 1 CHECK (version > 0),
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK ((secret_before IS NULL) = (secret_before_until IS NULL))
);

-- One event on its way to one webhook. next_at: when it is tried next; NULL while another event of its subject goes
-- first, and when it is not tried by itself. Whoever changes a row holds the webhook's row.
CREATE TABLE webhook_delivery (
    webhook text NOT NULL REFERENCES webhook,
    position bigint NOT NULL,
    event uuid NOT NULL,
    subject text NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'parked', 'skipped')),
    tries integer NOT NULL DEFAULT 0,
    next_at timestamptz CHECK (next_at IS NULL OR state = 'waiting'),
    PRIMARY KEY (webhook, position)
);
CREATE INDEX webhook_delivery_due ON webhook_delivery (webhook, next_at) WHERE next_at IS NOT NULL;
CREATE INDEX webhook_delivery_open ON webhook_delivery (webhook, subject, position)
 WHERE state IN ('waiting', 'parked');

-- Every attempt and what came back; only added to. status: NULL where no answer came, or no whole one.
CREATE TABLE webhook_attempt (
    webhook text NOT NULL,
    position bigint NOT NULL,
    at timestamptz NOT NULL,
    status integer,
    answer text NOT NULL,
    duration_us bigint NOT NULL
);
CREATE INDEX webhook_attempt_delivery ON webhook_attempt (webhook, position, at);

-- Up to which event the broker has acknowledged what mes tells by MQTT.
CREATE TABLE mqtt_position (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    position bigint NOT NULL CHECK (position >= 0)
);

-- Lines of the alarms' journal that are events by now: alerts writes them, mes tells them.
CREATE TABLE alarm_told (journal bigint PRIMARY KEY);
