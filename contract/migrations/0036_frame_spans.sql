-- written by: collector

-- Where the samples of a frame lie far apart: the spans of its machines that they touch; NULL where first_at to last_at
-- says it all, and no span at all where every sample is held out.
ALTER TABLE frame
    ADD COLUMN span_machines text[],
    ADD COLUMN span_from timestamptz[],
    ADD COLUMN span_to timestamptz[];
