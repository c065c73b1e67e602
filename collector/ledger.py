"""The ledger of frames: which are new, which are missing. SQL inside the caller's transaction."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psycopg
from psycopg.rows import TupleRow

from collector.gaps import gaps_after
from contract.database import queries
from contract.frame import Frame
from contract.sample import from_us

SQL = queries("collector")
Connection = psycopg.Connection[TupleRow]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A frame that keeps the contract, as it came: its bytes count for the hash."""

    frame: Frame
    lane: str
    topic: str
    payload: bytes


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
    times = frame.source_us
    return {
        "node": frame.node,
        "epoch": frame.epoch,
        "seq": frame.seq,
        "lane": arrival.lane,
        "machines": sorted({name.split("/", 1)[0] for name in frame.series}),
        "samples": len(frame.index),
        "first_at": from_us(int(times.min())),
        "last_at": from_us(int(times.max())),
        "sha256": hashlib.sha256(arrival.payload).digest(),
    }
