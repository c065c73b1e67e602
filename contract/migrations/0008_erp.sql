-- written by: mes

-- Orders of an ERP as it shows them, and what became of each here. external_id: its key there, `number`: what people call
-- it. stamp: what changes whenever the ERP changes it. good, scrap: what the ERP had of it when it was read last.
-- problem and cure: why it was not taken or could not follow, for a person; NULL where all is well.
CREATE TABLE external_order (
    system text NOT NULL,
    external_id text NOT NULL,
    number text NOT NULL,
    work_order text REFERENCES work_order,
    state text NOT NULL,
    stamp text NOT NULL,
    good numeric(18,6),
    scrap numeric(18,6),
    problem text,
    cure text,
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (system, external_id),
    CHECK ((problem IS NULL) = (cure IS NULL))
);
CREATE UNIQUE INDEX external_order_of ON external_order (system, work_order) WHERE work_order IS NOT NULL;

-- What is written into an ERP, one document after the other for each order: its begin, each confirmation, its end. number
-- counts the documents of an order and is the own key that is written into the ERP and looked up before each write.
-- good, scrap: what a confirmation says in the ERP's order: good of the last step, scrap of all, below 0 in a reversal.
-- before: records of the ERP that were there before the first attempt, so that those of this document are told from them.
-- external_ids: the records that hold it. sent: an attempt was made whose end is not known.
CREATE TABLE external_document (
    system text NOT NULL,
    work_order text NOT NULL REFERENCES work_order,
    number integer NOT NULL CHECK (number > 0),
    kind text NOT NULL CHECK (kind IN ('begin', 'confirmation', 'reversal', 'end')),
    operation uuid,
    confirmation integer,
    good numeric(18,6) NOT NULL DEFAULT 0,
    scrap numeric(18,6) NOT NULL DEFAULT 0,
    production_day date,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'acknowledged', 'parked')),
    before jsonb,
    external_ids jsonb,
    tries integer NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    problem text,
    cure text,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    settled_at timestamptz,
    PRIMARY KEY (system, work_order, number),
    UNIQUE (system, operation, confirmation),
    FOREIGN KEY (operation, confirmation) REFERENCES confirmation,
    CHECK ((kind IN ('confirmation', 'reversal')) = (operation IS NOT NULL AND confirmation IS NOT NULL)),
    CHECK ((state = 'parked') <= (problem IS NOT NULL AND cure IS NOT NULL))
);
CREATE INDEX external_document_open ON external_document (system, work_order, number) WHERE state <> 'acknowledged';

-- Why sources differ for an order on a production day, or who looks into it. The newest row holds; none is changed.
CREATE TABLE reconciliation_record (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    production_day date NOT NULL,
    work_order text NOT NULL REFERENCES work_order,
    owner text,
    reason text,
    differences jsonb NOT NULL,
    person text,
    client text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (owner IS NOT NULL OR reason IS NOT NULL)
);
CREATE INDEX reconciliation_record_of ON reconciliation_record (production_day, work_order, id DESC);

-- The production days that were told to be closed, each once; the first row stands for all before the first start.
CREATE TABLE closed_day (
    production_day date PRIMARY KEY,
    as_of timestamptz NOT NULL
);
