"""Confirmations in the database: what is certain of an operation is told once, numbered, and never changed."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import structlog
from psycopg.types.json import Jsonb

from config.calendar import Calendar
from config.plant import Plant
from config.shifts import day_at, shift_at, shifts_between
from contract.sample import to_us
from mes.calendar.store import read_calendar
from mes.facts.reported import NONE
from mes.feed.store_audit import note
from mes.feed.store_outbox import tell
from mes.orders.confirmations.confirmed import Amounts, Confirmation, final_of, following, reversal
from mes.orders.confirmations.due import Tried, rested, worth_trying
from mes.orders.confirmations.models import ConfirmationAnswer
from mes.orders.operation_states import State
from mes.orders.production_events.store import times_of
from mes.orders.production_events.times import EventKind, spent_us
from mes.orders.quantities.booked import QuantityKind, certain_scrap, not_counted, totals
from mes.orders.quantities.store import booked, quantities
from mes.orders.quantities.store_quality import book_defects
from mes.orders.store_operations import Operation, locked
from mes.orders.wish import has_counter
from mes.web.access.author import Author
from mes.web.problems import Problem
from mes.web.quantity import plain
from mes.web.snapshot import Snapshot
from runtime.database import queries
from runtime.lending import Connection

log = structlog.get_logger()
SQL = queries("mes.orders.confirmations")
# A completed operation is confirmed for good after this: its last samples may still be on their way.
SETTLES = timedelta(seconds=30)
BY_ITSELF = Author(None, "mes")


async def confirm(
    conn: Connection, plant: Plant, id_: UUID, author: Author, *, final: bool, reason: str = ""
) -> list[ConfirmationAnswer]:
    """Tell what is certain now and was not told; the new documents, reversals among them. Inside a transaction.

    A Problem 409 where the operation has not begun, its final confirmation stands, or something is not known yet.
    """
    operation, told = await _told(conn, plant, id_)
    if not operation.condition.started:
        raise Problem(409, f"Operation {id_} has not begun.", f"POST /api/v1/operations/{id_}/start first.")
    if final and operation.condition.state is not State.ENDED:
        raise Problem(409, f"Operation {id_} has not been completed.", f"POST /api/v1/operations/{id_}/complete first.")
    _need_final(operation, told, wanted=False)
    if await book_defects(conn, None, id_) or await _waits(conn, id_):
        detail = f"What was just said of operation {id_} is not in the numbers yet."
        raise Problem(409, detail, "Send it again in a second.", retry_after_s=1)
    as_of = await _known_at(conn)
    calendar = await read_calendar(conn, plant.site)
    certain, beyond = await _certain(conn, plant, calendar, operation, as_of)
    if beyond or certain.below_0:
        detail = f"More scrap and rework is reported of operation {id_} than was made."
        raise Problem(409, detail, "Correct what was reported: POST /api/v1/production-quantities/<id>/correct.")
    new = following(told, certain, final=final)
    return await _put(conn, calendar, operation, new, as_of, author, reason)


async def reverse(
    conn: Connection, plant: Plant, id_: UUID, number: int, author: Author, reason: str
) -> list[ConfirmationAnswer]:
    """Take a confirmation back; a Problem 404 or 409 where there is none to take back."""
    operation, told = await _told(conn, plant, id_)
    found = next((one for one in told if one.number == number), None)
    if found is None:
        raise Problem(404, f"Operation {id_} has no confirmation {number}.", "GET its confirmations.")
    if found.kind == "reversal" or any(one.reverses == number for one in told):
        raise Problem(409, f"Confirmation {number} is a reversal, or was reversed.", "Confirm anew what is right.")
    back = reversal(len(told) + 1, found)
    calendar = await read_calendar(conn, plant.site)
    return await _put(conn, calendar, operation, [back], datetime.now(UTC), author, reason)


async def confirm_due(conn: Connection, plant: Plant, now: datetime, tried: dict[UUID, Tried] | None = None) -> int:
    """Tell what is due by itself: at the end of each shift, when as many parts are good as an order wants told at once,
    and once an operation is completed. How many documents.

    `tried` remembers what came of the last try of each operation, so that it is computed, and a refusal logged, once.
    """
    rows = await (await conn.execute(SQL["to_confirm"].encode())).fetchall()
    known = {} if tried is None else tried
    for gone in known.keys() - {row[0] for row in rows}:
        del known[gone]
    if not rows:
        return 0
    calendar = await read_calendar(conn, plant.site)
    ends = [s.ends_us for s in shifts_between(calendar, to_us(now - timedelta(days=2)), to_us(now)) if s.ends_us]
    shift_end = max((end for end in ends if end <= to_us(now - SETTLES)), default=0)
    known_us = to_us(await _known_at(conn))
    count = 0
    for id_, ended, told_at, begun_at, ended_at, many in rows:
        final = ended and ended_at is not None and now >= ended_at + SETTLES
        before = known.get(id_)
        by_time = final or to_us(told_at or begun_at) < shift_end
        due = by_time and worth_trying(before, shift_end, known_us, to_us(now), final=final)
        if not due and not (many and not ended and rested(before, to_us(now))):
            continue
        if await _waits(conn, id_):
            continue
        refusal = ""
        try:
            async with conn.transaction():
                count += len(await confirm(conn, plant, id_, BY_ITSELF, final=final, reason="by itself"))
        except Problem as problem:
            refusal = problem.detail
            if before is None or before.refusal != refusal:
                log.warning("not_confirmed", operation=str(id_), reason=refusal, cure=problem.cure)
        known[id_] = Tried(shift_end, final, known_us, to_us(now), refusal)
    return count


async def counted_good(conn: Connection, plant: Plant, operation: Operation) -> Decimal:
    """Good parts that are certain of an operation as facts are known now, reports taken into account."""
    as_of = await _known_at(conn)
    return (await _certain(conn, plant, await read_calendar(conn, plant.site), operation, as_of))[0].good


async def is_counted(conn: Connection, plant: Plant, operation: Operation) -> bool:
    """Whether anything or anybody counts the good parts of an operation: else nobody knows what it lacks."""
    if has_counter(plant, operation.machine, operation.line):
        return True
    return any(one.kind is QuantityKind.GOOD for one in await quantities(conn, operation=operation.id))


async def _waits(conn: Connection, id_: UUID) -> bool:
    """Whether a report, a start or an end of an operation is not in its numbers yet: a final confirmation would stand
    without it.
    """
    row = await (await conn.execute(SQL["waits"].encode(), {"id": id_})).fetchone()
    return bool(row and row[0])


async def _known_at(conn: Connection) -> datetime:
    row = await (await conn.execute(SQL["known_at"].encode())).fetchone()
    return datetime.now(UTC) if row is None or row[0] is None else row[0]


async def need_final(conn: Connection, operation: Operation, *, wanted: bool) -> None:
    """A Problem 409 where a final confirmation does not stand that has to, or stands that must not."""
    _need_final(operation, [_of(one) for one in await confirmations_of(conn, operation)], wanted=wanted)


def _need_final(operation: Operation, told: Sequence[Confirmation], *, wanted: bool) -> None:
    last = final_of(told)
    address = f"POST /api/v1/operations/{operation.id}/confirmations"
    if wanted and last is None:
        raise Problem(409, f"Operation {operation.id} was not confirmed for good.", f'{address} with "kind": "final".')
    if not wanted and last is not None:
        detail = f"Operation {operation.id} was confirmed for good by number {last.number}."
        raise Problem(409, detail, f"{address}/{last.number}/reverse first.")


async def confirmations_of(conn: Connection, operation: Operation) -> list[ConfirmationAnswer]:
    """What was told of an operation, in its order."""
    cursor = await conn.execute(SQL["confirmations_of"].encode(), {"id": operation.id})
    names = [column.name for column in cursor.description or ()]
    own = {"order": operation.order, "step": operation.step, "unit": operation.unit}
    return [ConfirmationAnswer(**own, **dict(zip(names, row, strict=True))) for row in await cursor.fetchall()]


async def _told(conn: Connection, plant: Plant, id_: UUID) -> tuple[Operation, list[Confirmation]]:
    found = await locked(conn, plant, id_)
    if found is None:
        raise Problem(404, f"There is no operation {id_}.", "GET /api/v1/orders lists orders with their operations.")
    return found[0], [_of(one) for one in await confirmations_of(conn, found[0])]


def _of(one: ConfirmationAnswer) -> Confirmation:
    amounts = Amounts(one.good, one.scrap, one.rework, one.setup_us, one.run_us, one.labour_us)
    return Confirmation(one.number, one.kind, amounts, one.reverses)


async def _certain(
    conn: Connection, plant: Plant, calendar: Calendar, of: Operation, as_of: datetime
) -> tuple[Amounts, Decimal]:
    """All that was certain of an operation at an instant of knowledge, and what was reported that no counter told.

    What becomes known later changes nothing.
    """
    until_us = to_us(as_of)
    times = await times_of(conn, of.id, as_of)
    setup, run, labour = (
        spent_us(times, kind, until_us) for kind in (EventKind.SETUP, EventKind.RUN, EventKind.LABOUR)
    )
    begun = [start for kind, start, _ in times if kind is not EventKind.LABOUR]
    if not begun:
        return Amounts(labour_us=labour), NONE
    known = Snapshot(until_us, True, until_us, b"")
    window = (min(begun), until_us)
    found = await booked(conn, plant, calendar, window, known, operation=of.id)
    rows = found[0].rows if found else []
    sums = totals(rows)
    good, rework = sums[QuantityKind.GOOD][0], sums[QuantityKind.REWORK][0]
    return Amounts(good, certain_scrap(rows), rework, setup, run, labour), not_counted(rows)


async def _put(
    conn: Connection,
    calendar: Calendar,
    operation: Operation,
    new: Sequence[Confirmation],
    as_of: datetime,
    author: Author,
    reason: str,
) -> list[ConfirmationAnswer]:
    shift = shift_at(calendar, to_us(as_of))
    day = day_at(calendar, to_us(as_of)) if shift is None else shift.day
    for one in new:
        row = {
            "operation": operation.id,
            "number": one.number,
            "kind": one.kind,
            "good": one.amounts.good,
            "scrap": Jsonb({name: plain(quantity) for name, quantity in one.amounts.scrap.items()}),
            "rework": one.amounts.rework,
            "setup_us": one.amounts.setup_us,
            "run_us": one.amounts.run_us,
            "labour_us": one.amounts.labour_us,
            "production_day": day,
            "as_of": as_of,
            "reverses": one.reverses,
            "reason": reason,
            "person": author.person,
            "client": author.client,
        }
        await conn.execute(SQL["add_confirmation"].encode(), row)
    answers = (await confirmations_of(conn, operation))[-len(new) :] if new else []
    for answer in answers:
        data = answer.model_dump(mode="json") | _event(answer, operation)
        await tell(
            conn, f"confirmation.{'reversed' if answer.kind == 'reversal' else 'posted'}", operation.subject, data
        )
        await note(conn, author, f"confirm {answer.kind}", operation.subject, None, data)
    return answers


def _event(answer: ConfirmationAnswer, operation: Operation) -> dict[str, Any]:
    """The amounts as a feed carries them, with where it was made."""
    scrap = [{"reason": name, "quantity": plain(quantity)} for name, quantity in answer.scrap.items()]
    return {"product": operation.product, "machine": operation.machine, "line": operation.line, "scrap": scrap}
