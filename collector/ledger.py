"""The ledger of frames: which are new. SQL inside the caller's transaction."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from collector.gap_ledger import Connection, update_gaps
from collector.spans import touched
from contract.frame import Frame
from contract.sample import from_us
from runtime.database import queries

SQL = queries("collector")
Bools = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A frame that keeps the contract, as it came: its bytes count for the hash.

    `held_out` are its samples whose time cannot be true.
    """

    frame: Frame
    lane: str
    topic: str
    payload: bytes
    held_out: Bools


def enter(conn: Connection, arrivals: Sequence[Arrival]) -> list[Arrival]:
    """Those that were not in the ledger before, now entered, with the gaps they leave or fill."""
    fresh: list[Arrival] = []
    for node in sorted({arrival.frame.node for arrival in arrivals}):
        conn.execute(SQL["lock_node"], {"node": node})
        of_node = [arrival for arrival in arrivals if arrival.frame.node == node]
        for epoch in sorted({arrival.frame.epoch for arrival in of_node}):
            fresh += _enter_epoch(conn, node, epoch, [a for a in of_node if a.frame.epoch == epoch])
    return fresh


def _enter_epoch(conn: Connection, node: str, epoch: int, arrivals: Sequence[Arrival]) -> list[Arrival]:
    key = {"node": node, "epoch": epoch}
    row = conn.execute(SQL["highest"], key).fetchone()
    highest = row[0] if row and row[0] is not None else 0
    fresh = [arrival for arrival in arrivals if conn.execute(SQL["add_frame"], _ledger_row(arrival)).fetchone()]
    if fresh:
        by_number = {arrival.frame.seq: arrival for arrival in fresh}
        for number, (start, end) in update_gaps(conn, key, highest, list(by_number)):
            mark_changed(conn, by_number[number], start, end, [])
    return fresh


def mark_changed(conn: Connection, arrival: Arrival, start: datetime, end: datetime, machines: Sequence[str]) -> None:
    """This frame has changed what is known of a span, of some machines or of all of its node (empty)."""
    frame = arrival.frame
    row = {"node": frame.node, "epoch": frame.epoch, "seq": frame.seq}
    conn.execute(SQL["changed"], row | {"from": start, "to": end, "machines": list(machines)})


def _ledger_row(arrival: Arrival) -> dict[str, object]:
    frame = arrival.frame
    times, edge = frame.columns.source_us[~arrival.held_out], frame.columns.edge_us
    if times.size == 0:
        times = edge
    spans = touched(frame, arrival.held_out)
    return {
        "node": frame.node,
        "epoch": frame.epoch,
        "seq": frame.seq,
        "lane": arrival.lane,
        "machines": sorted(frame.machines),
        "before": frame.before,
        "edge_from": from_us(int(edge.min())),
        "edge_to": from_us(int(edge.max())),
        "held_out": int(arrival.held_out.sum()),
        "samples": frame.size,
        "first_at": from_us(int(times.min())),
        "last_at": from_us(int(times.max())),
        "sha256": hashlib.sha256(arrival.payload).digest(),
        "span_machines": spans and spans.machines,
        "span_from": spans and [from_us(at) for at in spans.from_us],
        "span_to": spans and [from_us(at) for at in spans.to_us],
    }
