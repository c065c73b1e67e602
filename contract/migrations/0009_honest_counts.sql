-- written by: mes

-- most: the upper bound of the parts where a reset or a wrap of the counter may have hidden some, else equal to parts.
-- A step of no certain part stands where only its bound is known. A fourth counter tells reworked parts.
ALTER TABLE count_step ADD COLUMN most bigint;
UPDATE count_step SET most = parts;
ALTER TABLE count_step
    ALTER COLUMN most SET NOT NULL,
    DROP CONSTRAINT count_step_parts_check,
    DROP CONSTRAINT count_step_counter_check,
    ADD CONSTRAINT count_step_parts_check CHECK (parts >= 0 AND most >= parts AND most > 0),
    ADD CONSTRAINT count_step_counter_check CHECK (counter IN ('total', 'good', 'reject', 'rework'));

-- Every policy that results were made by, as it was said; a name and version never change their content.
CREATE TABLE policy (
    name text NOT NULL,
    version integer NOT NULL,
    hash text NOT NULL,
    content jsonb NOT NULL,
    first_used_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (name, version)
);
