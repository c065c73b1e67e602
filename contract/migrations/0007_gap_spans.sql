-- written by: collector

-- Of which machines a node has ever sent samples.
ALTER TABLE node ADD COLUMN machines text[] NOT NULL DEFAULT '{}';
UPDATE node SET machines = coalesce(
    (SELECT array_agg(DISTINCT machine ORDER BY machine)
       FROM frame CROSS JOIN unnest(frame.machines) AS machine WHERE frame.node = node.node), '{}');

-- from_at to to_at: the edge times of the frames beside the skipped ones; machines: those of the node.
-- cause: dropped, when the agent has told that it gave all these frames up; else missing.
-- certain: missing for so long that the frames are not merely on their way; from then on the KPIs count it as NO_DATA.
-- transaction: in which it became so; when a late frame changes a gap, that frame says what has changed.
ALTER TABLE gap
    ADD COLUMN from_at timestamptz,
    ADD COLUMN to_at timestamptz,
    ADD COLUMN machines text[] NOT NULL DEFAULT '{}',
    ADD COLUMN cause text NOT NULL DEFAULT 'missing' CHECK (cause IN ('missing', 'dropped')),
    ADD COLUMN certain boolean NOT NULL DEFAULT false,
    ADD COLUMN transaction xid8 NOT NULL DEFAULT pg_current_xact_id();
UPDATE gap SET
    to_at = coalesce((SELECT edge_from FROM frame f
                       WHERE f.node = gap.node AND f.epoch = gap.epoch AND f.seq = last_seq + 1), noticed_at),
    machines = coalesce((SELECT n.machines FROM node n WHERE n.node = gap.node), '{}');
UPDATE gap SET from_at = least(to_at, coalesce((SELECT edge_to FROM frame f
                       WHERE f.node = gap.node AND f.epoch = gap.epoch AND f.seq = first_seq - 1), to_at));
ALTER TABLE gap ALTER COLUMN from_at SET NOT NULL, ALTER COLUMN to_at SET NOT NULL;
CREATE INDEX gap_transaction ON gap (transaction) WHERE certain;
CREATE INDEX gap_to_at ON gap (to_at);

-- Which span of which machines a frame has changed in tables gap and unread; NULL where it changed nothing.
ALTER TABLE frame
    ADD COLUMN changed_from timestamptz,
    ADD COLUMN changed_to timestamptz,
    ADD COLUMN changed_machines text[];

-- Each drop of a full journal is told once, as the nth gap of frame told_seq of told_epoch; 0 for all other causes.
-- numbered: all samples of the frames up to last_seq of `epoch`, told by agent_down of the earlier life.
ALTER TABLE unread
    ADD COLUMN told_epoch integer NOT NULL DEFAULT 0,
    ADD COLUMN told_seq bigint NOT NULL DEFAULT 0,
    ADD COLUMN nth integer NOT NULL DEFAULT 0,
    ADD COLUMN numbered bigint NOT NULL DEFAULT 0,
    DROP CONSTRAINT unread_pkey,
    ADD PRIMARY KEY (node, cause, device, from_at, epoch, told_epoch, told_seq, nth);
CREATE INDEX unread_from_at ON unread (from_at);
CREATE INDEX unread_epoch ON unread (node, epoch);
