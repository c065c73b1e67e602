-- action_key --
-- What signs the links of messages.
SELECT key FROM action_key;

-- use_link --
-- A link is used; no row when it was used before.
INSERT INTO action_token (delivery, action, alarm, person, by)
VALUES (%(delivery)s, %(action)s, %(alarm)s, %(person)s, %(by)s)
ON CONFLICT DO NOTHING RETURNING delivery;

-- used_link --
-- Who has used a link, and when.
SELECT by, used_at FROM action_token WHERE delivery = %(delivery)s AND action = %(action)s;
