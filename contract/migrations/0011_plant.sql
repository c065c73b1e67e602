-- written by: mes

-- Plant files that were applied by mes, the newest last, and what stood there before the first of them. A version is
-- never changed; `sha256` is that of the file's bytes, by which services know which one they have read.
CREATE TABLE plant_file (
    version bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    text text NOT NULL,
    sha256 text NOT NULL,
    why text NOT NULL DEFAULT '',
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
