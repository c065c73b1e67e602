"""Which node may speak of which machine: by the plant file, and for what was read before it changed by the one then."""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import zip_longest

import psycopg
from psycopg.rows import TupleRow

from config.plant import Plant
from contract.frame import BrokenFrame, Frame
from contract.sample import from_us
from runtime.database import queries

SQL = queries("collector")
Connection = psycopg.Connection[TupleRow]
# A node that has just lost a machine may not know it yet.
GRACE = timedelta(hours=1)
ASK_EVERY_S = 5.0
Machines = Callable[[], Mapping[str, str]]


def nodes_of(plant: Plant) -> dict[str, str]:
    """The node that reads each machine."""
    edges = {device.id: device.edge for device in plant.devices}
    return {machine.id: edges[machine.device] for machine in plant.machines}


class Ownership:
    """Asks the plant file again where a frame speaks of a machine that is not its node's: the file may be newer."""

    def __init__(self, conn: Connection, machines: Machines) -> None:
        self.conn, self.machines = conn, machines
        self.asked_at = 0.0
        self.now: dict[str, set[str]] = {}
        self.history: dict[str, list[tuple[datetime, str]]] = {}
        self._ask()

    def check(self, frame: Frame) -> None:
        """BrokenFrame when the frame speaks of a machine that its node does not read, and did not when it was read."""
        if frame.machines <= self.now.get(frame.node, set()):
            return
        read_at = from_us(int(frame.columns.edge_us.min()))
        foreign = self._foreign(frame.node, frame.machines, read_at)
        if foreign and time.monotonic() - self.asked_at > ASK_EVERY_S:
            self._ask()
            foreign = self._foreign(frame.node, frame.machines, read_at)
        if foreign:
            raise BrokenFrame(
                f"series: by the plant file '{frame.node}' does not read machine '{foreign[0]}': "
                "correct the plant file of the collector, or whoever writes to this topic"
            )

    def knows(self, node: str) -> bool:
        """Whether a node is one of the plant file's, or was."""
        if node not in self.now and time.monotonic() - self.asked_at > ASK_EVERY_S:
            self._ask()
        return node in self.now or any(node == one for past in self.history.values() for _, one in past)

    def _foreign(self, node: str, machines: Iterable[str], read_at: datetime) -> list[str]:
        return sorted(machine for machine in machines if not self._may(node, machine, read_at))

    def _may(self, node: str, machine: str, read_at: datetime) -> bool:
        if machine in self.now.get(node, ()):
            return True
        past = self.history.get(machine, [])
        ends = [since + GRACE for since, _ in past[1:]]
        return any(
            one == node and since <= read_at and (end is None or read_at < end)
            for (since, one), end in zip_longest(past, ends)
        )

    def _ask(self) -> None:
        """What the plant file says now goes on record where it is new."""
        self.asked_at = time.monotonic()
        given = self.machines()
        if not given:
            return
        self.now = {}
        for machine, node in given.items():
            self.now.setdefault(node, set()).add(machine)
        self.conn.execute(SQL["assign"], {"machines": list(given), "nodes": list(given.values())})
        self.history = {}
        for machine, since, node in self.conn.execute(SQL["assignments"]):
            self.history.setdefault(machine, []).append((since, node))
