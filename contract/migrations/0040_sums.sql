-- written by: mes

DROP TABLE machine_day;
DROP TABLE machine_hour;

-- The Elements of a machine, line or site in a UTC hour by the plant's own policy, in the order of mes.kpi.elements.NAMES,
-- so that long windows are sums. Those of a line or site are the sum of what stands here of its machines.
-- inputs_hash stands for all that it was made by beside facts, calendar and orders: policy, ideal cycles, the engine.
-- outdated: a machine's facts have changed since, or its numbers are too large to be summed. Whoever sums takes what
-- stands here away again and computes that hour of it from facts, until it is made anew.
CREATE TABLE equipment_hour (
    equipment text NOT NULL,
    hour timestamptz NOT NULL,
    inputs_hash text NOT NULL,
    outdated boolean NOT NULL DEFAULT false,
    elements bigint[] NOT NULL,
    PRIMARY KEY (equipment, hour)
);
CREATE INDEX equipment_hour_outdated ON equipment_hour (equipment, hour) WHERE outdated;

-- The sum of the 24 hours of a UTC day, while all of them stand.
CREATE TABLE equipment_day (
    equipment text NOT NULL,
    day timestamptz NOT NULL,
    inputs_hash text NOT NULL,
    elements bigint[] NOT NULL,
    PRIMARY KEY (equipment, day)
);

-- The 60 minutes of such an hour, packed as in mes.kpi.minutes; of the last weeks only.
CREATE TABLE equipment_minutes (
    equipment text NOT NULL,
    hour timestamptz NOT NULL,
    inputs_hash text NOT NULL,
    minutes bytea NOT NULL,
    PRIMARY KEY (equipment, hour)
);
CREATE INDEX equipment_minutes_hour ON equipment_minutes (hour);
