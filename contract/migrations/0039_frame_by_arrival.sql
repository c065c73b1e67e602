-- written by: collector

-- What came last from a node: by arrival, for its numbers are its own and may be wrong.
CREATE INDEX frame_node_transaction ON frame (node, transaction);
