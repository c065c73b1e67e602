-- consumers --
-- All consumers, or one.
SELECT id, name, epoch, position, version, at, client
  FROM consumer
 WHERE %(id)s::text IS NULL OR id = %(id)s
 ORDER BY id;

-- hold_consumer --
-- One consumer, held until the transaction ends.
SELECT id, name, epoch, position, version, at, client FROM consumer WHERE id = %(id)s FOR UPDATE;

-- put_consumer --
-- How far a consumer has come; a version of its own for each change.
INSERT INTO consumer AS known (id, name, epoch, position, person, client)
VALUES (%(id)s, %(name)s, %(epoch)s, %(position)s, %(person)s, %(client)s)
ON CONFLICT (id) DO UPDATE
   SET name = excluded.name, epoch = excluded.epoch, position = excluded.position, person = excluded.person,
       client = excluded.client, version = known.version + 1, at = clock_timestamp();

-- mqtt_position --
-- How far MQTT has come; at first it begins at the end of the feed.
INSERT INTO mqtt_position AS known (position) SELECT position FROM feed
ON CONFLICT (only_row) DO UPDATE SET position = known.position
RETURNING position;

-- move_mqtt_position --
-- The broker has acknowledged all events up to here.
UPDATE mqtt_position SET position = %(position)s;
