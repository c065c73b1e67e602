-- written by: collector

-- The texts that stand behind samples with 8 added to their quality (8 GOOD, 9 UNCERTAIN): sample.value is the number.
-- Readers of numbers take quality < 4 and so leave texts out.
CREATE TABLE text_value (
    number integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    text text NOT NULL UNIQUE CHECK (length(text) <= 500)
);
