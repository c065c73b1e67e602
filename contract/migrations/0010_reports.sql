-- written by: mes

-- What a shift tells the next one of a line or machine; added to, never changed. shift: NULL for the whole day.
CREATE TABLE shift_note (
    id uuid PRIMARY KEY,
    written bigint NOT NULL GENERATED ALWAYS AS IDENTITY UNIQUE,
    equipment text NOT NULL,
    production_day date NOT NULL,
    shift text,
    note text NOT NULL CHECK (note <> ''),
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX shift_note_place ON shift_note (production_day, equipment);

-- Which report is sent to whom, and when by the site's clock. Each change is a row; the newest of an id holds.
-- recipients: addresses of e-mail. equipment: site, line or machine. active: false ends it.
CREATE TABLE report_schedule (
    id uuid NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    name text NOT NULL CHECK (name <> ''),
    equipment text NOT NULL,
    period text NOT NULL CHECK (period IN ('shift', 'day', 'week', 'month')),
    cron text NOT NULL CHECK (cron <> ''),
    language text NOT NULL CHECK (language IN ('en', 'zh')),
    format text NOT NULL CHECK (format IN ('pdf', 'xlsx', 'csv')),
    recipients text[] NOT NULL CHECK (cardinality(recipients) > 0),
    active boolean NOT NULL DEFAULT true,
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (id, version)
);

-- A report that is to be sent, whole as it was at as_of; due: the instant of its schedule. Deleted 7 days later.
CREATE TABLE report_document (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    schedule uuid NOT NULL,
    due timestamptz NOT NULL,
    subject text NOT NULL,
    body text NOT NULL,
    file_name text NOT NULL,
    media_type text NOT NULL,
    content bytea NOT NULL,
    recipients text[] NOT NULL,
    as_of timestamptz NOT NULL,
    made_at timestamptz NOT NULL,
    UNIQUE (schedule, due)
);
