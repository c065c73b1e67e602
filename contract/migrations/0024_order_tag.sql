-- written by: mes

-- What a machine's order tag shows, in the form of the state tape; shown is NULL for none. Orders of the table
-- work_order begin and end by it where the ERP has sent them.
CREATE TABLE order_change (
    machine text NOT NULL,
    at timestamptz NOT NULL,
    shown text,
    PRIMARY KEY (machine, at)
);
CREATE INDEX order_change_shown ON order_change (shown);
