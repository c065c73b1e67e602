"""Labour in the database: entered, ended and corrected by rows of their own, while the operation is held."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from config.plant import Plant
from contract.sample import to_us
from mes.feed.store_audit import note
from mes.feed.store_outbox import tell
from mes.orders.operation_states import CLOSED
from mes.orders.production_events.models import EndLabourBody, LabourBody, LabourCorrection, ProductionEventAnswer
from mes.orders.production_events.store import Asked, labour
from mes.orders.production_events.times import LONGEST_LABOUR_US
from mes.orders.store_operations import Operation, locked
from mes.web.access.author import Author
from mes.web.problems import Problem, mistake
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.orders.production_events")
# A program's clock may be ahead of ours by as much.
AHEAD = timedelta(seconds=2)


async def enter(conn: Connection, plant: Plant, body: LabourBody, author: Author) -> ProductionEventAnswer:
    """Put down that somebody works, or has worked, on an operation; a Problem where that cannot be."""
    worker = body.worker or author.person
    if worker is None:
        raise mistake("body.worker", "Say who works, or send the header Shopfloor-Person.")
    if body.from_ is None and body.to is not None:
        raise mistake("body.from", "Say since when, where 'to' says until when.")
    operation = await _held(conn, plant, body.operation)
    now = datetime.now(UTC)
    start = body.from_ or now
    _check(start, body.to, now)
    if body.to is None and not operation.condition.open:
        raise Problem(409, f"Operation {operation.id} has ended.", "Give 'from' and 'to' of work that was done before.")
    await _need_alone(conn, operation.id, worker, (start, body.to))
    id_ = uuid4()
    row = {"id": id_, "operation": operation.id, "worker": worker, "start": start, "end": body.to, "corrects": None}
    await conn.execute(SQL["add_entry"].encode(), row | {"why": "", "comment": body.comment} | _by(author))
    return await _tell(conn, id_, None, "labour", author)


async def end(conn: Connection, plant: Plant, id_: UUID, body: EndLabourBody, author: Author) -> ProductionEventAnswer:
    """Somebody has stopped to work; a Problem 409 where that was said before."""
    entry = await _entry(conn, plant, id_)
    if entry.to is not None:
        raise Problem(409, f"The labour {id_} has ended.", f"POST /api/v1/production-events/{id_}/correct with why.")
    now = datetime.now(UTC)
    at = body.at or now
    _check(entry.from_, at, now, "at")
    return await _change(conn, entry, (entry.from_, at), "", author)


async def correct(
    conn: Connection, plant: Plant, id_: UUID, body: LabourCorrection, author: Author
) -> ProductionEventAnswer:
    """Another span for an entry, none where it ends as it begins; what it was stays on record."""
    entry = await _entry(conn, plant, id_)
    if body.to != body.from_:
        _check(body.from_, body.to, datetime.now(UTC))
        await _need_alone(conn, entry.operation, entry.worker or "", (body.from_, body.to), id_)
    return await _change(conn, entry, (body.from_, body.to), body.why, author)


async def end_all(conn: Connection, operation: UUID, at: datetime, author: Author) -> None:
    """Nobody works on a held operation any more: it was completed or aborted.

    What was begun after that instant, because the end was told late, ends now.
    """
    for entry in await labour(conn, Asked(operation=operation)):
        if entry.to is None:
            until = at if at > entry.from_ else max(datetime.now(UTC), entry.from_)
            await _change(conn, entry, (entry.from_, until), "", author)


def _check(start: datetime, to: datetime | None, now: datetime, end_key: str = "to") -> None:
    """A Problem 422 for a span that nobody can have worked."""
    for key, at in (("from", start), (end_key, to)):
        if at is not None and at > now + AHEAD:
            raise mistake(f"body.{key}", f"Lies in the future: here it is {now.isoformat(timespec='seconds')}.")
    if to is not None and to <= start:
        raise mistake(f"body.{end_key}", f"Must be later than the begin, {start.isoformat(timespec='seconds')}.")
    if to is not None and to_us(to) - to_us(start) > LONGEST_LABOUR_US:
        raise mistake(f"body.{end_key}", "Nobody works for more than 24 hours: give each shift its own span.")


async def _held(conn: Connection, plant: Plant, id_: UUID) -> Operation:
    """An operation on which labour may be told, held until the transaction ends."""
    found = await locked(conn, plant, id_)
    if found is None:
        raise Problem(404, f"There is no operation {id_}.", "GET /api/v1/orders lists orders with their operations.")
    operation = found[0]
    if not operation.condition.started:
        raise Problem(409, f"Operation {id_} has not begun.", f"POST /api/v1/operations/{id_}/start first.")
    if operation.condition == CLOSED:
        raise Problem(409, f"Operation {id_} was closed.", "Nothing is told of it any more.")
    return operation


async def _entry(conn: Connection, plant: Plant, id_: UUID) -> ProductionEventAnswer:
    """An entry as it is said now, its operation held; a Problem where there is none, or it was taken away."""
    row = await (await conn.execute(SQL["operation_of_entry"].encode(), {"id": id_})).fetchone()
    if row is None or row[1] is not None:
        raise Problem(404, f"There is no labour {id_}.", "GET /api/v1/production-events lists it under 'id'.")
    await _held(conn, plant, row[0])
    found = await labour(conn, Asked(), id_=id_)
    if not found:
        raise Problem(409, f"The labour {id_} was taken away.", "Enter it anew: POST /api/v1/production-events.")
    return found[0]


async def _need_alone(
    conn: Connection, operation: UUID, worker: str, span: tuple[datetime, datetime | None], own: UUID | None = None
) -> None:
    """A Problem 409 where the same person's labour on an operation would count twice."""
    asked = Asked(operation=operation, worker=worker, start=span[0], end=span[1])
    for one in await labour(conn, asked):
        if one.id != own:
            detail = f"'{worker}' has labour {one.id} on this operation from {one.from_.isoformat()} already."
            raise Problem(409, detail, f"End or correct it: POST /api/v1/production-events/{one.id}/end or /correct.")


async def _change(
    conn: Connection, entry: ProductionEventAnswer, span: tuple[datetime, datetime], why: str, author: Author
) -> ProductionEventAnswer:
    row = {"id": uuid4(), "operation": entry.operation, "worker": entry.worker, "start": span[0], "end": span[1]}
    more = {"corrects": entry.id, "why": why, "comment": entry.comment}
    await conn.execute(SQL["add_entry"].encode(), row | more | _by(author))
    return await _tell(conn, entry.id, entry, "correct labour" if why else "end labour", author)


async def _tell(
    conn: Connection, id_: UUID | None, before: ProductionEventAnswer | None, action: str, author: Author
) -> ProductionEventAnswer:
    found = await labour(conn, Asked(), id_=id_, taken_away=True)
    answer = found[0]
    told = answer.model_dump(mode="json", by_alias=True)
    subject = f"operation/{answer.operation}"
    await tell(conn, "labour.booked", subject, told)
    was = None if before is None else before.model_dump(mode="json", by_alias=True)
    await note(conn, author, action, subject, was, told)
    return answer


def _by(author: Author) -> dict[str, Any]:
    return {"person": author.person, "client": author.client}
