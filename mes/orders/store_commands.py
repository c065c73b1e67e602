"""What people and programs ask of operations: checked, locked, carried out; a Problem tells what forbids it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from config.plant import Plant
from contract.sample import from_us, to_us
from mes.feed.store_audit import note
from mes.feed.store_outbox import tell
from mes.orders.confirmations.store import counted_good, is_counted, need_final
from mes.orders.models import (
    CommandBody,
    MoveTransitionBody,
    PlanOperationBody,
    SplitOperationBody,
    UndoBody,
)
from mes.orders.operation_states import ALLOWED, COMPLETED, Command, Condition, State, after
from mes.orders.production_events.store_labour import end_all
from mes.orders.quantities.store_quality import need_inspected, need_no_hold
from mes.orders.store import act, extend, only_operation, start_order
from mes.orders.store_list import need_order_match, operation_of
from mes.orders.store_operations import Operation, Refused, append, locked, operations_of
from mes.orders.transition_log import Entry, Step, effective, moved, undone
from mes.orders.wish import counting_machine, shortfall
from mes.web.access.author import Author
from mes.web.etag import need_match
from mes.web.problems import Problem, mistake
from mes.web.quantity import plain
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.orders")
# A program's clock may be ahead of ours by as much.
AHEAD = timedelta(seconds=2)
# Commands that an order with several steps takes for all of them.
OF_ALL = (Command.RELEASE, Command.REVOKE, Command.CANCEL)
# Commands that stop something: whoever reads them later must be able to ask why.
NEED_REASON = (Command.PAUSE, Command.ABORT)


async def start_order_now(
    conn: Connection, plant: Plant, order: str, body: CommandBody, author: Author, if_match: str | None
) -> None:
    """Release and start the only operation of an order."""
    at_us, until_us = _span(Command.START, body)
    async with _refusals():
        await _need_match(conn, plant, order, if_match)
        if body.moves is not None:
            await _make_way(conn, plant, body.moves, at_us, author)
        operation, _ = await only_operation(conn, plant, order)
        await need_no_hold(conn, operation, counting_machine(plant, operation.machine, operation.line))
        await start_order(conn, plant, order, at_us, author, until_us)


async def command_order(
    conn: Connection,
    plant: Plant,
    order: str,
    command: Command,
    body: CommandBody,
    author: Author,
    if_match: str | None,
) -> None:
    """Ask something of the only open operation of an order, or of all its steps where that concerns it as a whole."""
    async with _refusals():
        await _need_match(conn, plant, order, if_match)
        there = await operations_of(conn, order) if command in OF_ALL else []
        fit = [one.id for one in _by_place(there) if after(command, one.condition) is not None]
        if len(there) < 2 or not fit:
            operation, entries = await only_operation(conn, plant, order)
            await _carry_out(conn, plant, operation, entries, command, body, author)
            return
        if command is Command.CANCEL and len(fit) < len(there):
            raise _partly_begun(next(one for one in there if one.id not in fit))
        for id_ in fit:
            step, entries = await _locked(conn, plant, id_)
            await _carry_out(conn, plant, step, entries, command, body, author)


def _partly_begun(one: Operation) -> Refused:
    """Why an order is not cancelled: what is left of it would be an order for less, in silence."""
    part = f"step {one.step}" + (f" (part {one.part})" if one.part > 1 else "")
    address = "POST /api/v1/operations"
    return Refused(
        f"Order '{one.order}' cannot be cancelled: {part} on '{one.machine or one.line}' is {one.condition.words}.",
        f"Complete or abort it first ({address}/{one.id}/abort), or cancel the others alone: {address}/<id>/cancel.",
    )


async def _need_match(conn: Connection, plant: Plant, order: str, if_match: str | None) -> None:
    """A Problem 412 unless the order is still the one that the caller has seen; its operations are held then."""
    if if_match is None:
        return
    for one in _by_place(await operations_of(conn, order)):
        await _locked(conn, plant, one.id)
    await need_order_match(conn, order, if_match)


def _by_place(there: list[Operation]) -> list[Operation]:
    """In the one order in which their machines are locked."""
    return sorted(there, key=lambda one: (one.machine or one.line or "", one.step, one.part))


async def command_operation(
    conn: Connection,
    plant: Plant,
    id_: UUID,
    command: Command,
    body: CommandBody,
    author: Author,
    if_match: str | None = None,
) -> None:
    """Ask something of an operation."""
    async with _refusals():
        if body.moves is not None:
            await _make_way(conn, plant, body.moves, _instant(body.at), author)
        operation, entries = await _locked(conn, plant, id_, if_match)
        await _carry_out(conn, plant, operation, entries, command, body, author)


async def undo(
    conn: Connection, plant: Plant, id_: UUID, body: UndoBody, author: Author, if_match: str | None = None
) -> None:
    """Take the last transition back."""
    async with _refusals():
        operation, entries = await _locked(conn, plant, id_, if_match)
        holding = effective(entries)
        if not holding:
            raise Refused(f"Nothing was asked of operation {id_} yet.", "There is nothing to undo.")
        await need_final(conn, operation, wanted=False)
        await append(conn, plant, operation, entries, undone(holding[-1:]), author, body.reason)


async def move(
    conn: Connection, plant: Plant, id_: UUID, body: MoveTransitionBody, author: Author, if_match: str | None = None
) -> None:
    """Give an entry of the log another instant."""
    at_us = _instant(body.at)
    async with _refusals():
        operation, entries = await _locked(conn, plant, id_, if_match)
        await need_final(conn, operation, wanted=False)
        steps = moved(entries, body.seq, at_us)
        if steps is None:
            raise Refused(
                f"Entry {body.seq} of operation {id_} does not hold, or there is none.",
                f"GET /api/v1/operations/{id_}/transitions lists them; give one that was not taken back.",
            )
        await extend(conn, plant, operation, entries, steps, author, body.reason)


async def split(
    conn: Connection, plant: Plant, id_: UUID, body: SplitOperationBody, author: Author, if_match: str | None = None
) -> UUID:
    """Move open quantity to a sibling; its id."""
    if (body.machine is None) == (body.line is None):
        raise mistake("body.machine", "Give either 'machine' or 'line', not both and not neither.")
    if counting_machine(plant, body.machine, body.line) is None:
        key = "machine" if body.line is None else "line"
        raise mistake(f"body.{key}", f"'{body.machine or body.line}' is not in the plant file.")
    async with _refusals():
        operation, _ = await _locked(conn, plant, id_, if_match)
        left = shortfall(operation.quantity, await counted_good(conn, plant, operation))
        if not operation.condition.open or body.quantity >= left:
            raise Refused(
                f"Of step {operation.step} of order '{operation.order}' {plain(left)} are still to be made.",
                "Split off less than that from an operation that has not ended.",
            )
        sibling = uuid4()
        place = {"machine": body.machine, "line": body.line}
        row = {"id": id_, "new": sibling, "quantity": body.quantity} | place
        await conn.execute(SQL["split_off"].encode(), row)
        rest = {"id": id_, "quantity": operation.quantity - body.quantity}
        await conn.execute(
            SQL["change_operation"].encode(), rest | {"machine": operation.machine, "line": operation.line}
        )
        if operation.condition != Condition(State.NOT_ALLOWED_TO_START):
            new, entries = await _locked(conn, plant, sibling)
            step = Step(Command.RELEASE, ALLOWED, to_us(datetime.now(UTC)))
            await append(conn, plant, new, entries, [step], author, f"split of {operation.id}")
        told = {
            "order": operation.order,
            "step": operation.step,
            "split": str(sibling),
            "quantity": plain(body.quantity),
        }
        await tell(conn, "order.changed", f"order/{operation.order}", told | place)
        await note(conn, author, "split", operation.subject, {"quantity": plain(operation.quantity)}, told | place)
    return sibling


async def plan(
    conn: Connection, plant: Plant, id_: UUID, body: PlanOperationBody, author: Author, if_match: str | None = None
) -> None:
    """Put an operation where it stands among others."""
    if body.planned_from and body.planned_to and body.planned_to < body.planned_from:
        raise mistake("body.planned_to", "Give an instant that is not before 'planned_from'.")
    async with _refusals():
        operation, _ = await _locked(conn, plant, id_, if_match)
        if not operation.condition.open:
            raise Refused(f"Operation {id_} has ended.", "Only what is still to be made can be planned.")
        before = await operation_of(conn, plant, id_)
        names = set(PlanOperationBody.model_fields)
        await conn.execute(SQL["order_operation"].encode(), {"id": id_} | body.model_dump())
        told = body.model_dump(mode="json")
        await tell(conn, "order.changed", f"order/{operation.order}", {"order": operation.order, "plan": told})
        await note(conn, author, "plan", operation.subject, before.model_dump(mode="json", include=names), told)


async def _carry_out(
    conn: Connection,
    plant: Plant,
    operation: Operation,
    entries: list[Entry],
    command: Command,
    body: CommandBody,
    author: Author,
) -> None:
    if command in NEED_REASON and not body.reason.strip():
        raise mistake("body.reason", f"Say why: whoever reads that it was told to {command.value} must know.")
    if command in (Command.UNDO, Command.CREATE):
        raise mistake("path.command", f"POST /api/v1/operations/{operation.id}/undo with a reason.")
    if command in (Command.START, Command.RESUME):
        await need_no_hold(conn, operation, counting_machine(plant, operation.machine, operation.line))
    if command in (Command.CLOSE, Command.REOPEN) and operation.condition == COMPLETED:
        await need_final(conn, operation, wanted=command is Command.CLOSE)
    if command is Command.COMPLETE and operation.condition.started and "quantity" not in body.override:
        short = shortfall(operation.quantity, await counted_good(conn, plant, operation))
        if short and await is_counted(conn, plant, operation):
            lacking = f"{plain(short)} of {plain(operation.quantity)} are not made"
            raise Refused(
                f"Step {operation.step} of order '{operation.order}': {lacking}.",
                'Make them first, or send "override": ["quantity"]: the shortfall stays a shortfall, never scrap.',
            )
    if command is Command.COMPLETE and operation.condition.started and "inspections" not in body.override:
        await need_inspected(conn, plant, operation)
    at_us, until_us = _span(command, body)
    to = (command, at_us, author, body.reason)
    await act(conn, plant, operation, entries, *to, suspend=body.suspend, until_us=until_us)
    if command in (Command.COMPLETE, Command.ABORT):
        await end_all(conn, operation.id, from_us(at_us), author)


async def _make_way(conn: Connection, plant: Plant, id_: UUID, at_us: int, author: Author) -> None:
    """The run of another operation ends at an instant: it gives its machine back."""
    operation, entries = await _locked(conn, plant, id_)
    await act(conn, plant, operation, entries, Command.PAUSE, at_us, author, "another one began", suspend=True)


async def _locked(
    conn: Connection, plant: Plant, id_: UUID, if_match: str | None = None
) -> tuple[Operation, list[Entry]]:
    """An operation and its log, held; a Problem where there is none, or it is not the one that the caller has seen."""
    found = await locked(conn, plant, id_)
    if found is None:
        raise Problem(404, f"There is no operation {id_}.", "GET /api/v1/orders lists orders with their operations.")
    need_match(if_match, found[0].version)
    return found


def _span(command: Command, body: CommandBody) -> tuple[int, int | None]:
    """When it happened, and of a start or resume the instant at which it was over again."""
    at_us = _instant(body.at)
    if body.until is None:
        return at_us, None
    if command not in (Command.START, Command.RESUME) or body.at is None:
        raise mistake("body.until", "Give it with 'at', of a start or a resume: a run that is over.")
    until_us = _instant(body.until, "until")
    if until_us <= at_us:
        raise mistake("body.until", "Must be later than 'at'.")
    return at_us, until_us


def _instant(at: datetime | None, key: str = "at") -> int:
    now = datetime.now(UTC)
    if at is not None and at > now + AHEAD:
        raise mistake(f"body.{key}", f"Lies in the future: here it is {now.isoformat(timespec='seconds')}.")
    return to_us(now if at is None else at)


@asynccontextmanager
async def _refusals() -> AsyncIterator[None]:
    try:
        yield
    except Refused as refused:
        raise Problem(409, refused.detail, refused.cure) from refused
