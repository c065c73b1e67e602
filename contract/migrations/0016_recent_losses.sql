-- written by: collector

-- What was lost lately is asked for each second, whatever has gathered in years.
CREATE INDEX unread_noticed_at ON unread (noticed_at) WHERE lost > 0 OR cause = 'journal_damaged';
CREATE INDEX gap_noticed_at ON gap (noticed_at);
CREATE INDEX reject_rejected_at ON reject (rejected_at);
