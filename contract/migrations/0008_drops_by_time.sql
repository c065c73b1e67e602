-- written by: collector

-- The few spans that were lost as a whole are asked for by where they end, all others by where they begin.
CREATE INDEX unread_full ON unread (to_at) WHERE cause = 'journal_full';
