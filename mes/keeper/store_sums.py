"""Keeps sums of hours in step: made in the background, newest first; what has changed is outdated at once."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import psycopg
from psycopg.rows import TupleRow

from config.device import Machine
from config.plant import Plant
from contract.sample import from_us, to_us
from mes.calendar.ideal_cycles import IdealCycles
from mes.calendar.store import read_calendar
from mes.calendar.store_ideal_cycles import read_ideal
from mes.facts.model import HIGHEST, Int64, MachineFacts, Span
from mes.facts.store import read_facts
from mes.facts.windowing import merged
from mes.keeper.store_changes import Change
from mes.keeper.store_hours import HourSum, put_hours
from mes.kpi.elements import NAMES, VALUES
from mes.kpi.evaluation import Evaluation, evaluation_of
from mes.kpi.long_windows import DAY_US, HOUR_US, MINUTES_US, margin_us, settled_until
from mes.kpi.minutes import minutes_of
from mes.kpi.policy import Policy, policies_of
from mes.kpi.rollup import elements_by_machine
from mes.kpi.sums import hashes_of, members_of
from runtime.database import queries
from runtime.lending import Connection

FACTS_SQL, SQL = queries("mes.keeper"), queries("mes.keeper", "sums.sql")
# So far back hours are kept; beyond that a window is computed from facts.
REACH_US = 400 * DAY_US
MOST = 20_000
MAKE_S = 0.2
# The sum of a day of all machines must fit into its column.
LARGEST = 2**62 // 24


def drop_hours(
    conn: psycopg.Connection[TupleRow],
    plant: Plant,
    facts: Mapping[str, Sequence[Span]],
    changes: Iterable[Change],
    known_us: int,
) -> list[tuple[str, int]]:
    """Outdate the hours that rest on what the keeper's transaction has changed; which they were.

    What is beyond the settled hours is in none of them: a live sample costs nothing here.
    """
    policy = policies_of(plant.policies)[plant.policy]
    margin, settled = margin_us(plant, policy), settled_until(plant, policy, known_us)
    old = [(name, span) for name, spans in facts.items() for span in merged(spans) if span[0] - margin < settled]
    spans: list[tuple[str | None, Span]] = [*_to_boundaries(conn, old)]
    spans += [(change.machine, change.span) for change in changes]
    reach = [
        (name, max(0, start - margin), min(end + margin, known_us + DAY_US))
        for name, (start, end) in spans
        if start - margin < settled
    ]
    own, every = ([one for one in reach if (one[0] is None) is of_all] for of_all in (False, True))
    # An hour that stands before all that was known of a machine has no row yet.
    gone = [
        (name, hour)
        for name, start, end in own
        if name is not None
        for hour in range(max(start, settled - REACH_US) // HOUR_US * HOUR_US, min(end, settled - HOUR_US + 1), HOUR_US)
    ]
    if own:
        conn.execute(SQL["outdate_hours"], _asked(own))
    if every:
        gone += conn.execute(SQL["drop_hours"], _asked(every)).fetchall()
    return gone


def _asked(reach: Sequence[tuple[str | None, int, int]]) -> dict[str, object]:
    names, begins, ends = (list(column) for column in zip(*reach, strict=True))
    return {"machine": names, "from": list(map(from_us, begins)), "to": list(map(from_us, ends))}


def _to_boundaries(conn: psycopg.Connection[TupleRow], spans: Sequence[tuple[str, Span]]) -> Iterable[tuple[str, Span]]:
    """A row that is new or gone changes the tape up to the next one."""
    if not spans:
        return
    asked = {"machine": [name for name, _ in spans], "at": [from_us(end) for _, (_, end) in spans]}
    for (name, (start, end)), (boundary,) in zip(spans, conn.execute(FACTS_SQL["next_boundary"], asked), strict=True):
        yield name, (start, max(end, int(boundary)) if boundary.is_finite() else HIGHEST)


@dataclass
class HourKeeper:
    """Makes the hours that are missing, newest first, of as many machines at once as take a fifth of a second.

    Facts of live frames wait meanwhile; an hour in which much was not observed takes a hundred times as long.
    """

    plant: Plant
    todo: dict[int, set[str]] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)
    settled_us: int = 0
    first_us: int = HIGHEST
    at_once: int = 16
    scanned: bool = False

    async def make_some(self, conn: Connection) -> bool:
        """Make the newest hour that is missing; True when there was one. Nobody else writes facts meanwhile."""
        async with conn.transaction():
            await conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            return await self._make_one(conn)

    def missing(self, hours: Iterable[tuple[str, int]]) -> None:
        """These have been outdated or taken away."""
        for equipment, hour in hours:
            if hour >= self.first_us:
                self.todo.setdefault(hour, set()).add(equipment)
            else:
                # From before all other data: there the other machines have no hours either.
                self.scanned = False

    async def _make_one(self, conn: Connection) -> bool:
        row = await (await conn.execute("SELECT known_at FROM mes_position")).fetchone()
        if row is None:
            return False
        policy = policies_of(self.plant.policies)[self.plant.policy]
        ideal = await read_ideal(conn, self.plant)
        hashes = hashes_of(self.plant, policy, ideal)
        if hashes != self.hashes:
            await _drop_others(conn, self.plant, hashes)
            self.hashes, self.todo, self.scanned, self.settled_us = hashes, {}, False, 0
        await self._look(conn, settled_until(self.plant, policy, to_us(row[0])))
        if not self.todo:
            return False
        hour, began = max(self.todo), time.monotonic()
        names = sorted(self.todo.pop(hour) & hashes.keys())
        some, left = names[: self.at_once], names[self.at_once :]
        if left:
            self.todo[hour] = set(left)
        await self._make(conn, hour, set(some), (ideal, policy))
        fitting = round(len(some) * MAKE_S / (time.monotonic() - began))
        self.at_once = max(1, min(fitting, 2 * self.at_once, MOST))
        return True

    async def _look(self, conn: Connection, settled_us: int) -> None:
        """What is missing: all of it at first and whenever a scan was cut short, then the hours that have settled."""
        newest = settled_us // HOUR_US * HOUR_US
        if not self.scanned and not self.todo:
            self.first_us = await self._first(conn, newest)
            asked = {
                "equipment": list(self.hashes),
                "hashes": list(self.hashes.values()),
                "from": from_us(self.first_us),
                "to": from_us(newest - HOUR_US),
                "most": MOST,
            }
            found = await (await conn.execute(SQL["missing_hours"], asked)).fetchall()
            self.missing((row[0], row[1]) for row in found)
            self.scanned = len(found) < MOST
        elif self.settled_us:
            for hour in range(self.settled_us, newest, HOUR_US):
                self.missing((name, hour) for name in self.hashes)
        self.settled_us = newest

    async def _first(self, conn: Connection, newest: int) -> int:
        """The first hour of which anything is known, not further back than hours are kept."""
        asked = {"machines": [machine.id for machine in self.plant.machines]}
        row = await (await conn.execute(FACTS_SQL["first_data"], asked)).fetchone()
        first = newest if row is None or row[0] is None else int(row[0])
        return max(first, newest - REACH_US) // HOUR_US * HOUR_US

    async def _make(self, conn: Connection, hour: int, equipment: set[str], by: tuple[IdealCycles, Policy]) -> None:
        """The sums of some machines, and of the lines and the site that they are part of or that are asked for."""
        ideal, policy = by
        calendar = await read_calendar(conn, self.plant.site)
        machines = [machine for machine in self.plant.machines if machine.id in equipment]
        names = [machine.id for machine in machines]
        facts = await read_facts(conn, self.plant, names, hour, hour + HOUR_US) if names else {}
        evaluation = evaluation_of(self.plant, calendar, ideal, hour, hour + HOUR_US, policy)
        minutes = hour >= self.settled_us - MINUTES_US
        each = await asyncio.to_thread(_sums, machines, facts, evaluation, minutes)
        members = {
            id_: own for id_, own in members_of(self.plant).items() if id_ in equipment or not equipment.isdisjoint(own)
        }
        largest = LARGEST // len(self.plant.machines)
        found = {name: _within(one, largest) for name, one in each.items()}
        await put_hours(conn, hour, found, self.hashes, members)


def _sums(
    machines: Sequence[Machine], facts: Mapping[str, MachineFacts], evaluation: Evaluation, minutes: bool
) -> dict[str, tuple[Int64, Int64 | None]]:
    """The elements of an hour of machines, and its minutes where they are wanted."""
    if not machines:
        return {}
    if minutes:
        found = minutes_of(machines, [facts[machine.id] for machine in machines], evaluation)
        pairs = zip(machines, found, strict=True)
        return {machine.id: (one[:, : len(NAMES)].sum(axis=0), one) for machine, one in pairs}
    each = elements_by_machine(machines, facts, evaluation)
    return {name: (np.array(VALUES(elements), object), None) for name, elements in each.items()}


def _within(found: tuple[Int64, Int64 | None], largest: int) -> HourSum:
    """As a sum; a broken counter may tell more parts than a column holds: such an hour is always computed."""
    elements, minutes = found
    parts = elements[None] if minutes is None else minutes
    if np.abs(parts.astype(np.float64)).sum(axis=0).max() > largest:
        nothing = None if minutes is None else np.zeros(minutes.shape, np.int64)
        return HourSum(np.zeros(len(NAMES), np.int64), nothing, outdated=True)
    return HourSum(elements.astype(np.int64), minutes)


async def _drop_others(conn: Connection, plant: Plant, hashes: Mapping[str, str]) -> None:
    """What is summed of equipment that the plant file does not have, and of lines that were made of other machines."""
    rows = await (await conn.execute(SQL["summed_equipment"])).fetchall()
    gone = sorted({id_ for (id_,) in rows} - {machine.id for machine in plant.machines})
    await conn.execute(SQL["drop_equipment"], {"equipment": gone, "hashes": [hashes.get(id_) for id_ in gone]})


def forget_minutes(conn: psycopg.Connection[TupleRow], now: datetime) -> None:
    """Minutes that no window reads any more are deleted."""
    asked = {"before": now - timedelta(microseconds=MINUTES_US + DAY_US), "most": MOST}
    while conn.execute(SQL["forget_minutes"], asked).rowcount > 0:
        pass
