-- written by: mes

-- A place without a counter has no number of parts done: NULL, not 0.
ALTER TABLE order_progress ALTER COLUMN done DROP NOT NULL;
-- Whether the order counts as late: decided once, with a band, for walls, pages and alarms alike; NULL while nobody knows.
ALTER TABLE order_progress ADD COLUMN late boolean;
