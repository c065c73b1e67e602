"""Sums of what is booked of orders, by day and machine: made in the background, and read in place of count steps."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from config.calendar import Calendar
from config.plant import Plant
from config.shifts import day_at, day_span, days_in
from contract.sample import from_us, to_us
from mes.calendar.store import read_calendar
from mes.facts.model import Span
from mes.facts.reported import NONE
from mes.facts.source_tags import counter_names
from mes.orders.quantities.booked import Booked, QuantityKind
from mes.orders.quantities.store import booked
from mes.orders.quantities.sums import Keys, Row
from mes.web.snapshot import Snapshot
from mes.web.store_snapshot import snapshot_at
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.orders.quantities", "sums.sql")
# A day is summed so long after its end: what comes later is late, and marks it.
SETTLES_US = 3_600_000_000 + 60_000_000
REACH = timedelta(days=400)
# So many machines at once, for about so long at a time.
AT_ONCE = 4
MAKE_S = 0.2
MARKS_KEPT = timedelta(days=2)
COLUMNS = {
    "order": "o.work_order",
    "operation": "o.id",
    "product": "w.product",
    "machine": "nullif(s.machine, '')",
    "day": "s.key_day",
    "shift": "s.shift",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """By what to sum, and of which order or operation, if not of all."""

    by: Sequence[str]
    order: str | None = None
    operation: UUID | None = None


async def summed(
    conn: Connection, plant: Plant, calendar: Calendar, window: Span, known: Snapshot, asked: Asked
) -> list[Row]:
    """Rows whose sums are those of the window: of whole days those that are kept, of the rest single ones.

    The same to the part as from facts alone; for an instant of the past, and by hour, facts are read.
    """
    days = [] if known.past or "hour" in asked.by else days_in(calendar, *window)
    valid = await _valid(conn, plant, calendar, days)
    rows = await _kept(conn, valid, asked)
    for span, at in _left(plant, calendar, window, days, valid):
        rows += await computed(conn, plant, calendar, span, known, asked, at)
    return rows


async def computed(
    conn: Connection,
    plant: Plant,
    calendar: Calendar,
    window: Span,
    known: Snapshot,
    asked: Asked,
    at: frozenset[str] | None = None,
) -> list[Row]:
    """The rows of a window from facts, of all machines or some."""
    found = await booked(conn, plant, calendar, window, known, order=asked.order, operation=asked.operation, only=at)
    keys = Keys(calendar, asked.by, window)
    return [
        (keys.of(row, order=one.order, operation=one.id, product=one.product, machine=one.machine), one.unit, row)
        for one in found
        for row in one.rows
    ]


async def make_sums(conn: Connection, plant: Plant, now: datetime) -> bool:
    """Make some of the sums that are missing, the newest first; True when more are missing."""
    began = time.monotonic()
    await conn.execute(SQL["forget_marks"].encode(), {"before": now - MARKS_KEPT})
    row = await (await conn.execute(SQL["first_run"].encode())).fetchone()
    if row is None or row[0] is None:
        return False
    calendar = await read_calendar(conn, plant.site)
    settled = to_us(now) - SETTLES_US
    days = days_in(calendar, day_span(calendar, day_at(calendar, to_us(max(row[0], now - REACH))))[0], settled)
    valid = await _valid(conn, plant, calendar, days)
    for day in reversed(days):
        missing = [name for name in _places(plant) if (name, day) not in valid]
        while missing:
            if time.monotonic() - began > MAKE_S:
                return True
            some, missing = missing[:AT_ONCE], missing[AT_ONCE:]
            await _make(conn, plant, calendar, day, some)
    return False


async def _make(conn: Connection, plant: Plant, calendar: Calendar, day: date, names: Sequence[str]) -> None:
    span = day_span(calendar, day)
    async with snapshot_at(conn, None) as known:
        found = await booked(conn, plant, calendar, span, known, only=frozenset(names))
    keys = Keys(calendar, ("operation", "day", "shift"), span)
    sums: dict[tuple[Any, ...], tuple[Decimal, Decimal]] = {}
    for one in found:
        for row in one.rows:
            own = keys.of(row, order=one.order, operation=one.id, product=one.product, machine=one.machine)
            name = (one.machine or "", *own.values(), row.kind.value, row.reason, row.counted)
            low, high = sums.get(name, (NONE, NONE))
            sums[name] = (low + row.low, high + row.high)
    columns = [list(column) for column in zip(*sums, strict=True)] or [[] for _ in range(7)]
    names_of = ("machines", "operations", "days", "shifts", "kinds", "reasons", "counted")
    places = _places(plant)
    async with conn.transaction():
        head = {"machines": list(names), "counters": [places[name] for name in names], "day": day}
        await conn.execute(SQL["clear_days"].encode(), head)
        spans = {"from": from_us(span[0]), "to": from_us(span[1]), "known": from_us(known.at_us)}
        await conn.execute(SQL["put_days"].encode(), head | spans)
        amounts = {"lows": [low for low, _ in sums.values()], "highs": [high for _, high in sums.values()]}
        await conn.execute(SQL["put_sums"].encode(), dict(zip(names_of, columns, strict=True)) | amounts | {"day": day})


def _places(plant: Plant) -> dict[str, str]:
    """Where parts are counted, and by which counters; '' is where none are."""
    found = {machine.id: ",".join(sorted(counter_names(machine))) for machine in plant.machines}
    return found | {"": ""}


async def _valid(conn: Connection, plant: Plant, calendar: Calendar, days: Sequence[date]) -> set[tuple[str, date]]:
    if not days:
        return set()
    places, spans = _places(plant), [day_span(calendar, day) for day in days]
    asked = {
        "machines": list(places),
        "counters": list(places.values()),
        "days": list(days),
        "from": [from_us(begin) for begin, _ in spans],
        "to": [from_us(end) for _, end in spans],
    }
    rows = await (await conn.execute(SQL["valid_days"].encode(), asked)).fetchall()
    return {(machine, day) for machine, day in rows}


async def _kept(conn: Connection, valid: set[tuple[str, date]], asked: Asked) -> list[Row]:
    if not valid:
        return []
    keys = [name for name in asked.by if name in COLUMNS]
    query = SQL["booked_sums"].format(keys=", ".join(COLUMNS[name] for name in keys))
    parameters = {
        "machines": [machine for machine, _ in valid],
        "days": [day for _, day in valid],
        "order": asked.order,
        "operation": asked.operation,
    }
    rows = await (await conn.execute(query.encode(), parameters)).fetchall()
    return [
        (
            dict(zip(keys, row, strict=False)),
            row[len(keys)],
            Booked(0, QuantityKind(row[-5]), row[-2], row[-1], row[-4], row[-3]),
        )
        for row in rows
    ]


def _left(
    plant: Plant, calendar: Calendar, window: Span, days: Sequence[date], valid: set[tuple[str, date]]
) -> list[tuple[Span, frozenset[str] | None]]:
    """The parts of a window that no sums are kept of, and of which machines (None: all)."""
    places = list(_places(plant))
    found: list[tuple[Span, frozenset[str] | None]] = []
    at = window[0]
    for day in days:
        begin, end = day_span(calendar, day)
        if begin > at:
            found.append(((at, begin), None))
        missing = frozenset(name for name in places if (name, day) not in valid)
        last = found[-1] if found else None
        if missing and last is not None and last[0][1] == begin and last[1] == missing:
            found[-1] = ((last[0][0], end), missing)
        elif missing:
            found.append(((begin, end), missing))
        at = end
    if at < window[1]:
        found.append(((at, window[1]), None))
    return found
