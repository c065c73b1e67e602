-- written by: mes

-- The secret of this installation that signs the links in messages by which somebody acts without logging in; made here,
-- once. alerts signs with it, mes reads what was signed. Two random UUIDs hold 244 random bits.
CREATE TABLE action_key (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    key bytea NOT NULL
);
INSERT INTO action_key (key)
SELECT decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex');

-- Links of messages that were used: each acts once. delivery is the message that it stood in, person its receiver, NULL
-- for a group; request is what was asked for.
CREATE TABLE action_token (
    delivery bigint NOT NULL,
    action text NOT NULL CHECK (action IN ('acknowledge')),
    alarm bigint NOT NULL,
    person text,
    by text NOT NULL,
    used_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (delivery, action)
);
