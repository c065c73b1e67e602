"""Operations and their logs in the database; every change of one goes through `append`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from config.plant import Plant
from contract.sample import from_us, to_us
from mes.feed.store_audit import note
from mes.feed.store_outbox import tell
from mes.keeper.store_changes import wake_keeper
from mes.orders.operation_states import Command, Condition, State, Substate
from mes.orders.products.store_method import put_method
from mes.orders.transition_log import Entry, Step, begun_us, condition_of, ended_us, runs_of, with_steps
from mes.orders.wish import counting_machine
from mes.web.access.author import Author
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.orders", "operations.sql")


@dataclass(frozen=True, slots=True)
class Operation:
    """A step of an order at one machine or line; `counting` is the machine whose parts are its, None in no plant."""

    id: UUID
    order: str
    step: int
    part: int
    machine: str | None
    line: str | None
    counting: str | None
    quantity: Decimal
    condition: Condition
    product: str
    unit: str
    version: int

    @property
    def subject(self) -> str:
        """What the feed and the audit call it."""
        return f"operation/{self.id}"


class Refused(Exception):
    """Why an operation was not changed, and what to do about it; the transaction is to be rolled back."""

    def __init__(self, detail: str, cure: str) -> None:
        super().__init__(detail)
        self.detail, self.cure = detail, cure


async def operations_of(conn: Connection, order: str) -> list[Operation]:
    """The operations of an order that are not hidden, in their order."""
    rows = await (await conn.execute(SQL["operations_of"].encode(), {"order": order})).fetchall()
    return [_operation(row) for row in rows]


async def operation(conn: Connection, id_: UUID) -> Operation | None:
    """An operation as it is now, not held; None where there is none."""
    row = await (await conn.execute(SQL["operation"].encode(), {"id": id_})).fetchone()
    return None if row is None else _operation(row)


async def hold_operations(conn: Connection, orders: Sequence[str]) -> list[Operation]:
    """The same of several orders, held until the transaction ends."""
    rows = await (await conn.execute(SQL["hold_operations"].encode(), {"orders": list(orders)})).fetchall()
    return [_operation(row) for row in rows]


async def locked(conn: Connection, plant: Plant, id_: UUID) -> tuple[Operation, list[Entry]] | None:
    """An operation and its log, held until the transaction ends, its machine first; None where there is none."""
    found = await operation(conn, id_)
    if found is None:
        return None
    machine = found.counting or counting_machine(plant, found.machine, found.line)
    await conn.execute(SQL["lock_machine"].encode(), {"machine": machine or str(id_)})
    row = await (await conn.execute(SQL["lock_operation"].encode(), {"id": id_})).fetchone()
    return None if row is None else (_operation(row), await log_of(conn, id_))


async def log_of(conn: Connection, id_: UUID) -> list[Entry]:
    """The log of an operation, the oldest entry first."""
    rows = await (await conn.execute(SQL["log"].encode(), {"id": id_})).fetchall()
    return [
        Entry(seq, Command(command), Condition(State(state), Substate(substate), hidden), to_us(at), client, undoes)
        for seq, command, state, substate, hidden, at, client, undoes in rows
    ]


async def append(
    conn: Connection,
    plant: Plant,
    operation: Operation,
    log: Sequence[Entry],
    steps: Sequence[Step],
    author: Author,
    reason: str = "",
) -> Condition:
    """Add entries to the log of a locked operation; Refused where its machine counts for another one then."""
    after = with_steps(log, steps, author.client)
    for entry in after[len(log) :]:
        row = {
            "id": operation.id,
            "seq": entry.seq,
            "command": entry.command.value,
            "state": entry.to.state.value,
            "substate": entry.to.substate.value,
            "hidden": entry.to.hidden,
            "at": from_us(entry.at_us),
            "reason": reason,
            "undoes": entry.undoes,
            "person": author.person,
            "client": author.client,
        }
        await conn.execute(SQL["add_entry"].encode(), row)
    now = condition_of(after)
    machine = counting_machine(plant, operation.machine, operation.line)
    if now.has_run and machine is None:
        place = operation.machine or operation.line
        raise Refused(f"'{place}' is not in the plant file.", "Give the operation a machine or line of the plant.")
    bound = operation.counting or (machine if now.started else None)
    changed = {
        "id": operation.id,
        "state": now.state.value,
        "substate": now.substate.value,
        "hidden": now.hidden,
        "begun": _instant(begun_us(after)),
        "ended": _instant(ended_us(after)),
        "machine": bound,
    }
    await conn.execute(SQL["put_condition"].encode(), changed)
    forbids = await put_method(conn, operation.id, operation.condition, now)
    if forbids is not None:
        raise Refused(*forbids)
    await _bind(conn, operation, bound, after, author.text, reason or steps[-1].command.value)
    told = {
        "order": operation.order,
        "step": operation.step,
        "machine": operation.machine,
        "line": operation.line,
        "from": operation.condition.state.value,
        "to": now.state.value,
        "substate": now.substate.value,
        "command": steps[-1].command.value,
        "reason": reason,
        "at": from_us(steps[-1].at_us).isoformat().replace("+00:00", "Z"),
    }
    await tell(conn, "operation.state_changed", operation.subject, told)
    before = _words(operation.condition)
    await note(conn, author, steps[-1].command.value, operation.subject, before, _words(now) | told)
    return now


async def _bind(
    conn: Connection, operation: Operation, machine: str | None, log: Sequence[Entry], by: str, why: str
) -> None:
    """The runs that a log says; rows that hold no more are gone, and the keeper tells since when."""
    wanted = set(runs_of(log))
    rows = await (await conn.execute(SQL["runs"].encode(), {"id": operation.id})).fetchall()
    there = {(to_us(start), None if end is None else to_us(end)): id_ for id_, start, end in rows}
    gone, fresh = [there[span] for span in there.keys() - wanted], sorted(wanted - there.keys())
    if not gone and not fresh:
        return
    await conn.execute(SQL["end_runs"].encode(), {"ids": gone})
    for start, end in fresh:
        row = {"id": operation.id, "machine": machine, "from": from_us(start), "to": _instant(end)}
        other = await (await conn.execute(SQL["run_beside"].encode(), row)).fetchone()
        if other is not None:
            raise _occupied(machine, *other)
        more = {"order": operation.order, "line": operation.line, "by": by, "why": why}
        await conn.execute(SQL["add_run"].encode(), row | more)
    await wake_keeper(conn)


def _occupied(machine: str | None, order: str, step: int, start: datetime, end: datetime | None) -> Refused:
    if end is None:
        return Refused(
            f"Order '{order}' (step {step}) runs on '{machine}', whose parts count for one order at a time.",
            f'Complete it, or pause it with "suspend": true, first: POST /api/v1/orders/{order}/complete.',
        )
    span = f"from {start.isoformat()} to {end.isoformat()}"
    return Refused(
        f"The parts of '{machine}' {span} count for order '{order}' (step {step}).",
        "Choose an instant outside that span, or move that order's begin or end first.",
    )


def _operation(row: Sequence[Any]) -> Operation:
    *head, state, substate, hidden, product, unit, version = row
    names = dict(zip(("id", "order", "step", "part", "machine", "line", "counting", "quantity"), head, strict=True))
    condition = Condition(State(state), Substate(substate), hidden)
    return Operation(**names, condition=condition, product=product, unit=unit, version=version)


def _words(condition: Condition) -> dict[str, Any]:
    return {"state": condition.state.value, "substate": condition.substate.value, "hidden": condition.hidden}


def _instant(at_us: int | None) -> datetime | None:
    return None if at_us is None else from_us(at_us)
