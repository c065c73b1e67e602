"""Production days that have become final → events of the feed, once each, whoever is killed when."""

from datetime import date, timedelta
from typing import Any

from config.calendar import Calendar
from config.plant import Plant
from config.shifts import day_at, day_span
from contract.sample import MICROSECOND, from_us
from mes.calendar.store import read_calendar
from mes.facts.model import Span
from mes.facts.store import read_facts
from mes.feed.store_outbox import tell
from mes.kpi.rollup import equipment_counts
from mes.web.snapshot import Snapshot
from mes.web.store_snapshot import snapshot_at
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.erp.events", "queries_days.sql")
ONE_DAY = timedelta(days=1)
UNIT = "C62"


def last_closed(calendar: Calendar, known_us: int) -> date:
    """The last production day that is final by what was known at an instant. Pure."""
    return day_at(calendar, known_us - calendar.closes_after // MICROSECOND) - ONE_DAY


async def tell_closed_days(conn: Connection, plant: Plant) -> None:
    """Tell the next day that has become final since the last one that was told; at the very first none.

    It is judged by what the keeper knows, not by the clock: what the keeper takes in later is a restatement.
    """
    row = await (await conn.execute(SQL["last_closed_day"].encode())).fetchone()
    told = None if row is None else row[0]
    async with snapshot_at(conn, None) as known:
        calendar = await read_calendar(conn, plant.site)
        newest = last_closed(calendar, known.at_us)
        day = newest if told is None else told + ONE_DAY
        if day > newest:
            return
        data = None if told is None else await _data(conn, plant, calendar, day, known)
    async with conn.transaction():
        asked = {"day": day, "as_of": from_us(known.at_us)}
        ours = await (await conn.execute(SQL["close_day"].encode(), asked)).fetchone()
        if ours is not None and data is not None:
            await tell(conn, "day.closed", f"site/{plant.site.id}", data)


async def _data(conn: Connection, plant: Plant, calendar: Calendar, day: date, known: Snapshot) -> dict[str, Any]:
    span = day_span(calendar, day)
    begin, end = map(_iso, span)
    return {
        "day": day.isoformat(),
        "from": begin,
        "to": end,
        "as_of": _iso(known.at_us),
        "unit": UNIT,
        "machines": [await _machine(conn, plant, machine.id, span, known) for machine in plant.machines],
        "loss_certificate": f"/api/v1/audit?from={begin}&to={end}",
        "reconciliation": f"/api/v1/reconciliation?day={day.isoformat()}",
    }


async def _machine(conn: Connection, plant: Plant, id_: str, span: Span, known: Snapshot) -> dict[str, Any]:
    """One after the other: a day of all machines at once is more than is held in memory."""
    facts = await read_facts(conn, plant, [id_], *span, known.as_of_us, told_us=known.told_us)
    made = equipment_counts(plant, id_, facts)
    counts = {"total": made.total, "good": made.good, "scrap": made.scrap}
    return {"machine": id_} | {name: None if count is None else str(count) for name, count in counts.items()}


def _iso(at_us: int) -> str:
    return from_us(at_us).isoformat().replace("+00:00", "Z")
