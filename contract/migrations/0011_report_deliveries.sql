-- written by: alerts

-- How the sending of each report by e-mail goes; no row before the first attempt. document: of report_document.
CREATE TABLE report_delivery (
    document bigint PRIMARY KEY,
    attempts integer NOT NULL DEFAULT 0,
    attempted_at timestamptz NOT NULL,
    next_attempt_at timestamptz NOT NULL,
    delivered_at timestamptz,
    last_error text
);
