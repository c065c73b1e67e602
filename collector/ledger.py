"""The ledger of frames: which are new, which are missing. SQL inside the caller's transaction."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import psycopg
from psycopg.rows import TupleRow

from collector.gaps import gaps_after
from contract.database import queries
from contract.frame import Frame
from contract.gap import Cause
from contract.sample import from_us

SQL = queries("collector")
Connection = psycopg.Connection[TupleRow]
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
        _update_gaps(conn, key, highest, [arrival.frame.seq for arrival in fresh])
    return fresh


def _update_gaps(conn: Connection, key: Mapping[str, object], highest: int, arrived: list[int]) -> None:
    in_order = min(arrived) == highest + 1 and max(arrived) - min(arrived) + 1 == len(arrived)
    if in_order:
        return
    known = [(first, last) for first, last in conn.execute(SQL["gaps"], key)]
    _, missing = gaps_after(highest, known, arrived)
    for first, _last in set(known) - set(missing):
        conn.execute(SQL["forget_gap"], {**key, "first": first})
    for first, last in set(missing) - set(known):
        conn.execute(SQL["add_gap"], {**key, "first": first, "last": last})


def _ledger_row(arrival: Arrival) -> dict[str, object]:
    frame = arrival.frame
    times, edge = frame.source_us[~arrival.held_out], frame.edge_us
    if times.size == 0:
        times = edge
    return {
        "node": frame.node,
        "epoch": frame.epoch,
        "seq": frame.seq,
        "lane": arrival.lane,
        "machines": sorted({name.split("/", 1)[0] for name in frame.series}),
        "before": frame.before,
        "edge_from": from_us(int(edge.min())),
        "edge_to": from_us(int(edge.max())),
        "held_out": int(arrival.held_out.sum()),
        "samples": len(frame.index),
        "first_at": from_us(int(times.min())),
        "last_at": from_us(int(times.max())),
        "sha256": hashlib.sha256(arrival.payload).digest(),
    }


def record_unread(conn: Connection, arrivals: Sequence[Arrival]) -> None:
    """The spans that fresh frames tell of; a span that ends takes the place of its beginning."""
    for arrival in arrivals:
        for gap in arrival.frame.gaps:
            row = {
                "node": arrival.frame.node,
                "cause": gap.cause,
                "device": gap.device,
                "from": from_us(gap.from_us),
                "to": None if gap.to_us is None else from_us(gap.to_us),
                "series": [arrival.frame.series[i] for i in gap.series],
                "lost": gap.lost,
                "epoch": gap.epoch,
                "first": gap.first_seq,
                "last": gap.last_seq,
            }
            if gap.cause in (Cause.AGENT_DOWN, Cause.JOURNAL_DAMAGED):
                conn.execute(SQL["close_unread"], row)
            conn.execute(SQL["add_unread"], row)
