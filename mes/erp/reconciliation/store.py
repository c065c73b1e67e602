"""Counter, people, confirmations and ERP side by side, in the database."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from psycopg.types.json import Jsonb

from config.plant import Plant
from config.shifts import day_span
from contract.sample import from_us
from mes.calendar.store import read_calendar
from mes.erp.reconciliation.sides import (
    NONE,
    Certificate,
    Said,
    Source,
    Standing,
    Tally,
    differences,
    standing,
)
from mes.feed.store_audit import note
from mes.orders.quantities.booked import QuantityKind, counted, totals
from mes.orders.quantities.store import Booking, booked
from mes.web.access.author import Author
from mes.web.quantity import plain
from mes.web.snapshot import Snapshot
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.erp.reconciliation")
REPORTS = {"operator": Source.OPERATOR, "scan": Source.SCAN, "erp": Source.ERP_REPORT}


@dataclass(frozen=True, slots=True)
class Reconciled:
    """An order on a production day."""

    order: str
    unit: str
    external_number: str | None
    said: dict[Source, Said]
    differences: dict[Source, Said]
    standing: Standing
    record: dict[str, Any]


async def reconcile(conn: Connection, plant: Plant, day: date, known: Snapshot) -> list[Reconciled]:
    """Every order of which anything was made, reported or confirmed on a production day."""
    calendar = await read_calendar(conn, plant.site)
    window = day_span(calendar, day)
    bookings = await booked(conn, plant, calendar, window, known)
    told = {row[0] for row in await _all(conn, "told_orders", day=day)}
    last = dict(await _all(conn, "last_steps", orders=sorted(told | {one.order for one in bookings})))
    said: defaultdict[str, dict[Source, Said]] = defaultdict(dict)
    made: defaultdict[str, list[Booking]] = defaultdict(list)
    for one in bookings:
        made[one.order].append(one)
    for order, step in last.items():
        said[order] = _made(made[order], step)
    for order, source, kind, quantity in await _all(
        conn, "reports_by_source", **{"from": from_us(window[0]), "to": from_us(window[1])}
    ):
        before = said[order].get(REPORTS[source], Said())
        good, scrap = (quantity, before.scrap) if kind == "good" else (before.good, quantity)
        said[order][REPORTS[source]] = Said(good, scrap)
    for order, good, scrap, _ in await _all(conn, "confirmed", day=day):
        said[order][Source.CONFIRMED] = Said(good, scrap)
    numbers = {row[0]: row[2] for row in await _all(conn, "external_numbers")}
    for order, state, good, scrap, *_ in await _all(conn, "documents_by_state", day=day):
        if state == "acknowledged":
            said[order][Source.ERP] = Said(good, scrap)
    for order in numbers.keys() & said.keys():
        said[order].setdefault(Source.ERP, Said(NONE, NONE))
    records = {row["work_order"]: row for row in await _rows(conn, "records", day=day)}
    units = {one.order: one.unit for one in bookings}
    return [
        _reconciled(order, units.get(order, ""), numbers.get(order), said[order], records.get(order))
        for order in sorted(said)
    ]


async def certify(conn: Connection, day: date) -> Certificate:
    """What was confirmed of orders of an ERP on a day, and the documents that carry it."""
    numbers = {row[0] for row in await _all(conn, "external_numbers")}
    confirmed = Tally()
    for order, good, scrap, count in await _all(conn, "confirmed", day=day):
        if order in numbers:
            confirmed = _more(confirmed, good, scrap, count)
    states = {name: Tally() for name in ("acknowledged", "waiting", "parked")}
    reversed_ = 0
    for _, state, good, scrap, count, back in await _all(conn, "documents_by_state", day=day):
        states[state] = _more(states[state], good, scrap, count)
        reversed_ += back
    return Certificate(confirmed=confirmed, reversed=reversed_, **states)


async def untaken(conn: Connection) -> list[dict[str, Any]]:
    """Orders of the ERP that are not followed here, and why."""
    rows = await _all(conn, "untaken")
    return [
        dict(zip(("system", "external_number", "order", "state", "problem", "cure"), row, strict=True)) for row in rows
    ]


async def record(
    conn: Connection, day: date, one: Reconciled, author: Author, owner: str | None, reason: str | None
) -> Reconciled:
    """Why sources differ now, or who looks into it; earlier records stay. The order with the record."""
    found = {
        source.value: {"good": _text(gap.good), "scrap": _text(gap.scrap)} for source, gap in one.differences.items()
    }
    row = {"day": day, "order": one.order, "owner": owner, "reason": reason, "differences": Jsonb(found)}
    row |= {"person": author.person, "client": author.client}
    at = await (await conn.execute(SQL["add_record"], row)).fetchone()
    after = {"day": day.isoformat(), "owner": owner, "reason": reason, "differences": found}
    await note(conn, author, "reconcile", f"order/{one.order}", None, after)
    kept = {"owner": owner, "reason": reason, "differences": found, "at": at[0] if at else None}
    kept |= {"person": author.person, "client": author.client}
    return _reconciled(one.order, one.unit, one.external_number, one.said, kept)


def _made(mine: list[Booking], last_step: int) -> dict[Source, Said]:
    """What is booked of an order, and what its counters alone say."""
    if not mine:
        return {Source.BOOKED: Said(NONE, NONE)}
    good = [row for one in mine if one.step == last_step for row in one.rows]
    every = [row for one in mine for row in one.rows]
    found = {Source.BOOKED: Said(totals(good)[QuantityKind.GOOD][0], totals(every)[QuantityKind.SCRAP][0])}
    last = [one for one in mine if one.step == last_step]
    counters = {name for one in last for name in one.counters}
    if counters:
        rest = [counted(one.counts, one.counters)[1] for one in mine if one.step != last_step]
        good_, scrap = counted([count for one in last for count in one.counts], counters)
        if scrap is not None:
            scrap += sum((one for one in rest if one is not None), NONE)
        found[Source.COUNTER] = Said(good_, scrap)
    return found


def _reconciled(
    order: str, unit: str, number: str | None, said: dict[Source, Said], found: dict[str, Any] | None
) -> Reconciled:
    gaps, recorded = differences(said), None
    if found is not None:
        recorded = {
            Source(name): Said(_number(gap["good"]), _number(gap["scrap"]))
            for name, gap in found["differences"].items()
        }
    owner, reason = (found["owner"], found["reason"]) if found else (None, None)
    now = standing(gaps, recorded, owner, reason)
    return Reconciled(order, unit, number, said, gaps, now, found or {})


def _more(tally: Tally, good: Decimal, scrap: Decimal, count: int) -> Tally:
    return Tally(tally.count + count, Said((tally.said.good or NONE) + good, (tally.said.scrap or NONE) + scrap))


def _text(quantity: Decimal | None) -> str | None:
    return None if quantity is None else plain(quantity)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


async def _all(conn: Connection, name: str, **asked: Any) -> list[tuple[Any, ...]]:
    return await (await conn.execute(SQL[name], asked)).fetchall()


async def _rows(conn: Connection, name: str, **asked: Any) -> list[dict[str, Any]]:
    cursor = await conn.execute(SQL[name], asked)
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in await cursor.fetchall()]
