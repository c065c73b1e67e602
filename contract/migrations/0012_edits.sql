-- written by: mes

-- What people have corrected on the tapes of machines; only added to. An edit compiles to spans: state, reason or comment
-- from from_at to to_at (a split has both at its instant). asked is what the person sent, before what stood there then.
-- An empty reason takes away
-- what reason there was. An undo names the edit that it undoes. known_from is NULL until the keeper of the facts has taken it in.
CREATE TABLE edit (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    machine text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('split', 'merge', 'move', 'reclassify', 'reason', 'comment', 'undo')),
    from_at timestamptz NOT NULL,
    to_at timestamptz NOT NULL CHECK (to_at >= from_at),
    state smallint,
    reason text,
    comment text,
    asked jsonb NOT NULL,
    before jsonb NOT NULL,
    by text NOT NULL CHECK (by <> ''),
    why text NOT NULL CHECK (why <> ''),
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    undoes bigint REFERENCES edit,
    known_from timestamptz,
    CHECK ((kind = 'undo') = (undoes IS NOT NULL))
);
CREATE INDEX edit_machine_to ON edit (machine, to_at);
CREATE INDEX edit_new ON edit (id) WHERE known_from IS NULL;
-- Undone once; an undo that is undone itself makes room for another.
CREATE INDEX edit_undoes ON edit (undoes) WHERE undoes IS NOT NULL;
