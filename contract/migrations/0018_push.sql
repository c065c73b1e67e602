-- written by: mes

-- The key by which push services know this installation (VAPID, P-256, base64url of the private number); made by mes when
-- the first browser asks for it, and never changed: every subscription hangs on it.
CREATE TABLE push_key (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    private text NOT NULL,
    public text NOT NULL
);

-- Browsers that want messages of alarms pushed: what the browser gave, whose it is, and its language.
CREATE TABLE push_subscription (
    endpoint text PRIMARY KEY CHECK (endpoint LIKE 'http%' AND length(endpoint) <= 500),
    p256dh text NOT NULL,
    auth text NOT NULL,
    language text NOT NULL CHECK (language IN ('en', 'zh')),
    person text,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
