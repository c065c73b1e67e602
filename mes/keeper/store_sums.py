"""Keeps the hours of machines in step: made in the background, newest first; what has changed is taken away at once."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import psycopg
from psycopg.rows import TupleRow

from config.plant import Plant
from contract.sample import from_us, to_us
from mes.calendar.ideal_cycles import IdealCycles
from mes.calendar.store import read_calendar
from mes.calendar.store_ideal_cycles import read_ideal
from mes.facts.model import HIGHEST, Span
from mes.facts.store import read_facts
from mes.facts.windowing import merged
from mes.keeper.store_changes import Change
from mes.kpi.elements import VALUES
from mes.kpi.evaluation import terms_of
from mes.kpi.long_windows import DAY_US, HOUR_US, bases_of, margin_us, settled_until
from mes.kpi.policy import Policy, policies_of
from mes.kpi.rollup import elements_by_machine
from runtime.database import queries

SQL = queries("mes.keeper")
# So far back hours are kept; beyond that a window is computed from facts.
REACH_US = 400 * DAY_US
MOST = 20_000
# The sum of a day must fit into its column.
LARGEST = (2**63 - 1) // 24
ORDERS_LOCK = 0x484F5552  # "HOUR": an order that is changed in the past waits while hours are being made


def drop_hours(
    conn: psycopg.Connection[TupleRow],
    plant: Plant,
    facts: Mapping[str, Sequence[Span]],
    changes: Iterable[Change],
    known_us: int,
) -> list[tuple[str, int]]:
    """Take away the hours that rest on what the keeper's transaction has changed; which they were.

    What is beyond the settled hours is in none of them: a live sample costs nothing here.
    """
    policy = policies_of(plant.policies)[plant.policy]
    margin, settled = margin_us(plant, policy), settled_until(plant, policy, known_us)
    old = [(name, span) for name, spans in facts.items() for span in merged(spans) if span[0] - margin < settled]
    spans = list(_to_boundaries(conn, old))
    every = [machine.id for machine in plant.machines]
    spans += [(name, change.span) for change in changes for name in ([change.machine] if change.machine else every)]
    reach = [(name, max(0, start - margin), end + margin) for name, (start, end) in spans if start - margin < settled]
    if not reach:
        return []
    asked = {
        "machine": [name for name, _, _ in reach],
        "from": [from_us(start) for _, start, _ in reach],
        "to": [from_us(min(end, known_us + DAY_US)) for _, _, end in reach],
    }
    return [(row[0], row[1]) for row in conn.execute(SQL["drop_hours"], asked)]


def _to_boundaries(conn: psycopg.Connection[TupleRow], spans: Sequence[tuple[str, Span]]) -> Iterable[tuple[str, Span]]:
    """A row that is new or gone changes the tape up to the next one."""
    if not spans:
        return
    asked = {"machine": [name for name, _ in spans], "at": [from_us(end) for _, (_, end) in spans]}
    for (name, (start, end)), (boundary,) in zip(spans, conn.execute(SQL["next_boundary"], asked), strict=True):
        yield name, (start, max(end, int(boundary)) if boundary.is_finite() else HIGHEST)


@dataclass
class HourKeeper:
    """Makes the hours that are missing, one hour of all machines at a time, newest first."""

    plant: Plant
    todo: dict[int, set[str]] = field(default_factory=dict)
    bases: dict[str, str] = field(default_factory=dict)
    dropped: int = 0
    settled_us: int = 0
    scanned: bool = False

    async def make_some(self, conn: psycopg.AsyncConnection[TupleRow]) -> bool:
        """Make the newest hour that is missing; True when there was one. Nobody else writes facts meanwhile.

        Facts are read and hours written in one snapshot; only orders may change beside it, and those wait.
        """
        await conn.execute("SELECT pg_advisory_lock(%s)", (ORDERS_LOCK,))
        try:
            async with conn.transaction():
                await conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                return await self._make_one(conn)
        finally:
            await conn.execute("SELECT pg_advisory_unlock(%s)", (ORDERS_LOCK,))

    def missing(self, hours: Iterable[tuple[str, int]]) -> None:
        """These have been taken away."""
        for machine, hour in hours:
            self.todo.setdefault(hour, set()).add(machine)

    async def _make_one(self, conn: psycopg.AsyncConnection[TupleRow]) -> bool:
        row = await (await conn.execute("SELECT known_at, hours_dropped FROM mes_position")).fetchone()
        if row is None:
            return False
        policy = policies_of(self.plant.policies)[self.plant.policy]
        ideal = await read_ideal(conn, self.plant)
        bases = bases_of(self.plant, self.plant.machines, policy, ideal)
        if bases != self.bases or row[1] != self.dropped:
            self.bases, self.dropped, self.todo, self.scanned, self.settled_us = bases, row[1], {}, False, 0
        await self._look(conn, bases, settled_until(self.plant, policy, to_us(row[0])))
        if not self.todo:
            return False
        hour = max(self.todo)
        names = sorted(self.todo.pop(hour) & bases.keys())
        await self._make(conn, hour, names, bases, (ideal, policy))
        return True

    async def _look(self, conn: psycopg.AsyncConnection[TupleRow], bases: Mapping[str, str], settled_us: int) -> None:
        """What is missing: all of it at first and whenever a scan was cut short, then the hours that have settled."""
        newest = settled_us // HOUR_US * HOUR_US
        if not self.scanned and not self.todo:
            asked = {
                "machines": list(bases),
                "bases": list(bases.values()),
                "from": await self._first(conn, newest),
                "to": from_us(newest - HOUR_US),
                "most": MOST,
            }
            found = await (await conn.execute(SQL["missing_hours"], asked)).fetchall()
            self.missing((row[0], row[1]) for row in found)
            self.scanned = len(found) < MOST
        elif self.settled_us:
            for hour in range(self.settled_us, newest, HOUR_US):
                self.missing((name, hour) for name in bases)
        self.settled_us = newest

    async def _first(self, conn: psycopg.AsyncConnection[TupleRow], newest: int) -> object:
        """The first hour of which anything is known, not further back than hours are kept."""
        asked = {"machines": [machine.id for machine in self.plant.machines]}
        row = await (await conn.execute(SQL["first_data"], asked)).fetchone()
        first = newest if row is None or row[0] is None else int(row[0])
        return from_us(max(first, newest - REACH_US) // HOUR_US * HOUR_US)

    async def _make(
        self,
        conn: psycopg.AsyncConnection[TupleRow],
        hour: int,
        names: Sequence[str],
        bases: Mapping[str, str],
        by: tuple[IdealCycles, Policy],
    ) -> None:
        ideal, policy = by
        calendar = await read_calendar(conn, self.plant.site)
        facts = await read_facts(conn, self.plant, names, hour, hour + HOUR_US)
        terms = terms_of(self.plant, calendar, ideal, hour, hour + HOUR_US, policy)
        machines = [machine for machine in self.plant.machines if machine.id in facts]
        made = await asyncio.to_thread(elements_by_machine, machines, facts, terms)
        rows = [
            {"machine": name, "hour": from_us(hour), "basis": bases[name], "elements": numbers}
            for name, e in made.items()
            # A broken counter may tell more parts than a column holds: that hour is always computed.
            if max(map(abs, numbers := list(VALUES(e)))) <= LARGEST
        ]
        async with conn.cursor() as cursor:
            await cursor.executemany(SQL["put_hour"], rows)
        day = {
            "day": from_us(hour // DAY_US * DAY_US),
            "machines": names,
            "bases": [bases[n] for n in names],
        }
        await conn.execute(SQL["put_days"], day)


async def drop_hours_since(conn: psycopg.AsyncConnection[TupleRow], since: datetime) -> None:
    """In the transaction of an order whose place in the past has changed: what was summed since then is made anew."""
    await conn.execute(SQL["drop_hours_since"], {"since": since})
