-- written by: mes

-- Time of machines of which samples came late and whose facts wait to be made again; both ends included.
-- A span that is done stays for a day, so that whoever shows facts learns of it.
CREATE TABLE late_span (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    machine text NOT NULL,
    from_us bigint NOT NULL,
    to_us bigint NOT NULL,
    done_at timestamptz
);
CREATE INDEX late_span_waiting ON late_span (machine, from_us) WHERE done_at IS NULL;
CREATE INDEX late_span_done ON late_span (done_at) WHERE done_at IS NOT NULL;
