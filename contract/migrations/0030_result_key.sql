-- written by: mes

-- The secret of this installation by which mes recognises the result ids that it has given; made here, once, and never
-- changed: an id is valid for as long as the facts are kept. Two random UUIDs hold 244 random bits.
CREATE TABLE result_key (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    key bytea NOT NULL
);
INSERT INTO result_key (key)
SELECT decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex');
