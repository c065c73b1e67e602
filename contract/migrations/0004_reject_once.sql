-- written by: collector

-- A broken message that is sent again is on record once: `sha256` is that of topic, a zero byte and the whole payload.
-- A frame of which node, epoch and seq could be read is acknowledged, and so its payload is kept whole;
-- all other payloads are cut to 64 KiB.
ALTER TABLE reject ADD COLUMN sha256 bytea;
UPDATE reject SET sha256 = sha256(convert_to(topic, 'UTF8') || '\x00'::bytea || payload);
DELETE FROM reject later USING reject earlier WHERE later.sha256 = earlier.sha256 AND later.id > earlier.id;
ALTER TABLE reject ALTER COLUMN sha256 SET NOT NULL;
CREATE UNIQUE INDEX reject_sha256 ON reject (sha256);
