-- written by: mes

-- The Elements of a machine in a UTC hour by the plant's own policy, in the order of mes.elements.NAMES; so that long
-- windows are sums. Derived: a row is deleted in the transaction that changes what it was made of, and made anew later.
-- basis stands for everything else that it was made by: policy, ideal cycles' shortest, silence, the program itself.
CREATE TABLE machine_hour (
    machine text NOT NULL,
    hour timestamptz NOT NULL,
    basis text NOT NULL,
    elements bigint[] NOT NULL,
    PRIMARY KEY (machine, hour)
);

-- The sum of the 24 hours of a UTC day, while all of them stand.
CREATE TABLE machine_day (
    machine text NOT NULL,
    day timestamptz NOT NULL,
    basis text NOT NULL,
    elements bigint[] NOT NULL,
    PRIMARY KEY (machine, day)
);

-- hours_dropped: grows when hours were taken away by somebody else than the keeper, who then looks for what is missing.
ALTER TABLE mes_position ADD COLUMN hours_dropped bigint NOT NULL DEFAULT 0;
