-- written by: mes

-- What was answered to a change that carried an Idempotency-Key: written in the transaction of the change itself, so that
-- whoever sends it again, because the answer was lost, gets that answer and changes nothing. request is a hash of method,
-- address and body. Kept for a day.
CREATE TABLE idempotency_record (
    who text NOT NULL,
    key text NOT NULL,
    request bytea NOT NULL,
    status smallint NOT NULL,
    answer text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (who, key)
);
CREATE INDEX idempotency_record_at ON idempotency_record (at);
