-- action_key --
-- What signs the links of messages.
SELECT key FROM action_key;
