"""New frames → dirty spans → exactly those facts again. Incremental and from scratch give the same rows."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import psycopg
from psycopg.rows import TupleRow

from config.device import Machine, Role, Tag
from config.plant import Plant
from contract.database import queries
from mes.facts import Span
from mes.patch import Patch, write
from mes.regions import Region, facts_of

SQL = queries("mes")
Connection = psycopg.Connection[TupleRow]
MOST_TRANSACTIONS = 400
# Dirty spans of a machine that lie closer than this are recomputed as one.
CLOSE_US = 60_000_000
EVER: Span = (0, 2**53)
LOCK = 0x4D4553  # "MES"
COUNTERS = {Role.TOTAL_COUNT: "total", Role.GOOD_COUNT: "good", Role.REJECT_COUNT: "reject"}


class AnotherMes(RuntimeError):
    """Another mes computes on this database: stop that one, or give this one a database of its own."""


@dataclass
class Recompute:
    """Keeps the facts of one plant in step with the frames, over one connection."""

    conn: Connection
    plant: Plant

    def claim(self) -> None:
        """AnotherMes when the facts of this database have a keeper already."""
        row = self.conn.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,)).fetchone()
        if not row or not row[0]:
            raise AnotherMes(AnotherMes.__doc__)

    def step(self) -> bool:
        """Take in the next frames; True when there were any. One transaction: facts and position move together."""
        with self.conn.transaction():
            position, known_basis = self._position()
            horizon = self._one("horizon")
            if known_basis != basis(self.plant):
                self._apply({machine.id: [EVER] for machine in self.plant.machines})
                self._move(horizon)
                return True
            found = {"from": position, "horizon": horizon, "most": MOST_TRANSACTIONS}
            frames = self.conn.execute(SQL["new_frames"], found).fetchall()
            if not frames:
                return False
            dirty = dirty_spans((machines, first, last) for _, machines, first, last in frames)
            self._apply(dirty)
            self._move(str(int(frames[-1][0]) + 1))
            return True

    def _apply(self, dirty: Mapping[str, Sequence[Span]]) -> None:
        numbers = {(machine, tag): series for machine, tag, series in self.conn.execute(SQL["series"])}
        regions = [
            Region(machine, tag, counter, numbers[machine.id, tag.name], span)
            for machine in self.plant.machines
            for tag, counter in signals(machine)
            if (machine.id, tag.name) in numbers
            for span in dirty.get(machine.id, ())
        ]
        patch = Patch()
        for region, rows in self._samples(regions):
            facts_of(region, rows, patch)
        write(self.conn, patch)
        self.conn.execute(SQL["notify"])

    def _samples(self, regions: Sequence[Region]) -> Iterable[tuple[Region, list[TupleRow]]]:
        wanted = {
            "n": list(range(len(regions))),
            "series": [region.series for region in regions],
            "usable": [region.tag.role is not Role.STATE for region in regions],
            "from": [region.span[0] for region in regions],
            "to": [region.span[1] for region in regions],
        }
        rows: dict[int, list[TupleRow]] = {number: [] for number in range(len(regions))}
        for row in self.conn.execute(SQL["samples"], wanted):
            rows[row[0]].append(row)
        return ((regions[number], found) for number, found in rows.items())

    def _position(self) -> tuple[str, str]:
        row = self.conn.execute(SQL["position"]).fetchone()
        return (row[0], row[1]) if row else ("0", "")

    def _move(self, transaction: str) -> None:
        self.conn.execute(SQL["set_position"], {"transaction": transaction, "basis": basis(self.plant)})

    def _one(self, name: str) -> str:
        row = self.conn.execute(SQL[name]).fetchone()
        assert row is not None  # noqa: S101  - a SELECT without FROM has a row
        return str(row[0])


def signals(machine: Machine) -> list[tuple[Tag, str]]:
    """The tags that facts are made of; with each counter its name."""
    roles = (Role.STATE, Role.PRODUCT, *COUNTERS)
    return [(tag, COUNTERS.get(tag.role, "")) for tag in machine.tags if tag.role in roles]


def dirty_spans(frames: Iterable[tuple[Sequence[str], int, int]]) -> dict[str, list[Span]]:
    """For each machine the spans to recompute, apart and in order, from (machines, first_us, last_us) of frames."""
    touched: dict[str, list[Span]] = {}
    for machines, first, last in frames:
        for machine in machines:
            touched.setdefault(machine, []).append((first, last))
    return {machine: _close_ones_joined(spans) for machine, spans in touched.items()}


def basis(plant: Plant) -> str:
    """A hash of all that turns samples into facts."""
    text = [(machine.id, machine.ideal_cycle, machine.no_data_after, signals(machine)) for machine in plant.machines]
    return hashlib.sha256(repr(text).encode()).hexdigest()


def _close_ones_joined(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1] + CLOSE_US:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined
