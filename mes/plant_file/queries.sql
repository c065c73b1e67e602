-- only_one --
-- Held until the end of the transaction: only one applies at a time.
SELECT pg_advisory_xact_lock(5262913);

-- add_version --
INSERT INTO plant_file (text, sha256, why, person, client)
VALUES (%(text)s, %(sha256)s, %(why)s, %(person)s, %(client)s) RETURNING version;

-- newest --
-- The newest version, and its file's hash.
SELECT version, sha256 FROM plant_file ORDER BY version DESC LIMIT 1;

-- versions --
-- The last ones, the newest first, without their texts.
SELECT version, sha256, why, person, client, at FROM plant_file ORDER BY version DESC LIMIT %(most)s;

-- text_of --
SELECT text FROM plant_file WHERE version = %(version)s;
