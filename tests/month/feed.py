"""Readings → frames → the collector's writer and the keeper of the facts, as fast as they take them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from psycopg.types.json import Jsonb

from collector.writer import Message, Writer
from contract.frame import Frame, encode
from contract.gap import Gap
from contract.runs import ranges_of, runs_of
from contract.topics import backlog_topic, frame_topic
from mes.keeper.store import Keeper
from runtime.database import connect, queries
from tests.month.life import LATEST_US, PLANT, Readings, nodes
from tests.month.windows import OVERRIDES

# Frames end in the middle of a beat, so that one touches the next.
FRAME_US, INTO_BEAT_US = 1_080_000_000, LATEST_US // 2
SQL = queries("mes.calendar")
# What the collector takes at once, and after how many of these the keeper looks.
BATCH, LOOK = 64, 8


@dataclass(frozen=True)
class Sent:
    """A frame on its way, with when its first and its last reading were made."""

    node: str
    seq: int
    first_us: int
    edge_us: int
    payload: bytes


@dataclass(frozen=True)
class Tell:
    """What an agent says of some series of its node, in the frame that is open at edge_us."""

    node: str
    edge_us: int
    gap: Gap
    series: Sequence[str]


class Works:
    """The collector and the keeper over one database; the collector's clock is that of the simulated month."""

    def __init__(self, database: str) -> None:
        self.now_us = 0
        self.writer = Writer(database, PLANT.site.id, now=lambda: self.now_us)
        self.conn = connect(database, "mes")
        self.keeper = Keeper(self.conn, PLANT)
        self.absorb()
        self._put_down_calendar()

    def _put_down_calendar(self) -> None:
        """Holiday, overtime and the rest, as people put them down."""
        for day, shift, kind, starts, ends, breaks in OVERRIDES:
            pauses = None if breaks is None else [{"starts": a, "ends": b} for a, b in breaks]
            row = {"day": day, "shift": shift, "kind": kind, "starts": starts, "ends": ends, "breaks": Jsonb(pauses)}
            self.conn.execute(SQL["add_override"], row | {"name": None, "by": "Li Wei", "why": "October"})

    def take(self, frames: Sequence[Sent], late: bool = False) -> None:
        """Store them in this order; the keeper follows all the while."""
        topic = backlog_topic if late else frame_topic
        for number, start in enumerate(range(0, len(frames), BATCH), start=1):
            some = frames[start : start + BATCH]
            self.now_us = max(self.now_us, *(one.edge_us for one in some))
            self.writer.write([Message(topic(PLANT.site.id, one.node), one.payload) for one in some])
            if number % LOOK == 0:
                self.keeper.step()
        self.absorb()

    def absorb(self) -> None:
        """The keeper takes in all that is there."""
        while self.keeper.step():
            pass

    def close(self) -> None:
        """Close both connections."""
        self.writer.close()
        self.conn.close()


def frames(names: Sequence[str], readings: Readings, tells: Sequence[Tell] = ()) -> dict[str, list[Sent]]:
    """The frames of each node in their order."""
    edge_of = nodes()
    node_of = np.array([edge_of[name.split("/", 1)[0]] for name in names])
    return {
        node: list(_of_node(node, names, readings.where(node_of[readings.series] == node), tells))
        for node in sorted(set(edge_of.values()))
    }


def in_order(sent: Mapping[str, Sequence[Sent]]) -> list[Sent]:
    """The frames of all nodes as they come where nothing goes wrong."""
    return sorted((one for of_node in sent.values() for one in of_node), key=lambda one: (one.edge_us, one.node))


def _of_node(node: str, names: Sequence[str], mine: Readings, tells: Sequence[Tell]) -> Iterator[Sent]:
    pieces = np.flatnonzero(np.diff((mine.edge_us - INTO_BEAT_US) // FRAME_US)) + 1
    before = 0
    for seq, (start, end) in enumerate(zip([0, *pieces], [*pieces, mine.series.size], strict=True), start=1):
        part = Readings(*(getattr(mine, name)[start:end] for name in Readings.__slots__))
        first, last = int(part.edge_us[0]), int(part.edge_us[-1])
        told = [tell for tell in tells if tell.node == node and first <= tell.edge_us <= last]
        yield Sent(node, seq, first, last, encode(_frame(node, seq, before, names, part, told)))
        before += end - start


def _frame(node: str, seq: int, before: int, names: Sequence[str], part: Readings, told: Sequence[Tell]) -> Frame:
    used, index = np.unique(part.series, return_inverse=True)
    series = [names[n] for n in used.tolist()]
    base, bad = int(part.edge_us[0]), np.isnan(part.value)
    return Frame(
        node=node,
        epoch=1,
        seq=seq,
        before=int(before),
        base_us=base,
        series=series,
        index=ranges_of(index),
        edge=runs_of(part.edge_us - base),
        source=runs_of(part.source_us - base),
        quality=runs_of(np.where(bad, 2, 0)),
        value=[None if b else v for b, v in zip(bad.tolist(), part.value.tolist(), strict=True)],
        texts=[],
        gaps=[t.gap.model_copy(update={"series": [series.index(name) for name in t.series]}) for t in told],
    )
