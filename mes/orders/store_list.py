"""Orders with their operations and progress, as the ERP sees them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from config.plant import Plant
from mes.orders.guards import Guards, Subject, blocked, cautions
from mes.orders.models import Blocked, OperationAnswer, OperationWarning, OrderAnswer, TransitionAnswer
from mes.orders.operation_states import Condition, State, Substate, allowed, of_order
from mes.orders.store_guards import guards_of
from mes.orders.store_operations import Operation, operation
from mes.orders.wish import counting_machine
from mes.web.etag import need_match
from mes.web.problems import Problem
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.orders")
PROGRESS = (
    "rate_per_hour",
    "expected_low",
    "expected_end",
    "expected_high",
    "late_by_s",
    "late",
    "binding",
    "as_of",
)
NOTHING = dict.fromkeys(("good", *PROGRESS))


async def orders(
    conn: Connection, plant: Plant, ids: Sequence[str] | None = None, limit: int = 500, offset: int = 0
) -> list[OrderAnswer]:
    """Orders in progress first, then those not started, then ended ones; within each by due time."""
    asked = {"ids": None if ids is None else list(ids), "limit": limit, "offset": offset}
    cursor = await conn.execute(SQL["order_list"].encode(), asked)
    names = [column.name for column in cursor.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in await cursor.fetchall()]
    subjects = [_subject(plant, row["id"], one) for row in rows for one in row["operations"] or ()]
    guards = await guards_of(conn, subjects)
    return [_order(plant, row, guards) for row in rows]


async def orders_at(
    conn: Connection, plant: Plant, machine: str, line: str | None, most: int
) -> list[tuple[OrderAnswer, OperationAnswer]]:
    """What runs, is interrupted or may begin at a machine, or at the line that counts there: what runs first."""
    asked = {"machine": machine, "line": line, "most": most}
    rows = await (await conn.execute(SQL["orders_at"].encode(), asked)).fetchall()
    if not rows:
        return []
    there = {order.id: order for order in await orders(conn, plant, sorted({row[1] for row in rows}), limit=most)}
    return [(there[order], one) for id_, order in rows for one in there[order].operations if one.id == id_]


async def count_of_orders(conn: Connection) -> int:
    """How many there are."""
    row = await (await conn.execute(SQL["count_of_orders"].encode())).fetchone()
    return int(row[0]) if row else 0


async def order_of(conn: Connection, plant: Plant, id_: str) -> OrderAnswer:
    """One order, or a Problem 404."""
    found = await orders(conn, plant, [id_])
    if not found:
        raise _no_order(id_)
    return found[0]


async def need_order(conn: Connection, id_: str) -> int:
    """The version of an order, or a Problem 404."""
    row = await (await conn.execute(SQL["order_version"].encode(), {"id": id_})).fetchone()
    if row is None:
        raise _no_order(id_)
    return int(row[0])


async def need_order_match(conn: Connection, id_: str, if_match: str) -> None:
    """A Problem 412 unless the order, which is held, is still the one that the caller has seen."""
    row = await (await conn.execute(SQL["order_version"].encode(), {"id": id_})).fetchone()
    need_match(if_match, None if row is None else int(row[0]))


async def operation_of(conn: Connection, plant: Plant, id_: UUID) -> OperationAnswer:
    """One operation, or a Problem 404 where there is none or it was cancelled."""
    row = await (await conn.execute(SQL["order_of_operation"].encode(), {"id": id_})).fetchone()
    found = [one for one in (await order_of(conn, plant, row[0])).operations if one.id == id_] if row else []
    if not found:
        raise _no_operation(id_)
    return found[0]


async def need_operation(conn: Connection, id_: UUID, *, shown: bool = False) -> Operation:
    """One operation, or a Problem 404 where there is none, or, if it has to be `shown`, it was cancelled."""
    found = await operation(conn, id_)
    if found is None or (shown and found.condition.hidden):
        raise _no_operation(id_)
    return found


async def transitions_of(conn: Connection, id_: UUID) -> list[TransitionAnswer]:
    """The log of an operation, the oldest entry first; a Problem 404 where there is none."""
    cursor = await conn.execute(SQL["transitions"].encode(), {"id": id_})
    names = [column.name for column in cursor.description or ()]
    rows = await cursor.fetchall()
    if not rows:
        await need_operation(conn, id_)
    return [TransitionAnswer(**dict(zip(names, row, strict=True))) for row in rows]


def _no_order(id_: str) -> Problem:
    return Problem(404, f"There is no order '{id_}'.", f"Send it with PUT /api/v1/orders/{id_}.")


def _no_operation(id_: UUID) -> Problem:
    return Problem(404, f"There is no operation {id_}.", "GET /api/v1/orders lists orders with their operations.")


def _order(plant: Plant, row: dict[str, Any], guards: Guards) -> OrderAnswer:
    told = row.pop("operations") or ()
    operations = [_operation(plant, row["id"], row["product"], one, guards) for one in told]
    whole = of_order([Condition(one.state, one.substate) for one in operations])
    ended = [one.ended_at for one in operations]
    last = _last(operations)
    return OrderAnswer(
        **row,
        **(NOTHING if last is None else last),
        state=whole.state,
        substate=whole.substate,
        begun_at=min((one.begun_at for one in operations if one.begun_at), default=None),
        ended_at=None if not ended or None in ended else max(at for at in ended if at),
        operations=operations,
    )


def _subject(plant: Plant, order: str, row: dict[str, Any]) -> Subject:
    machine = row["counting_machine"] or counting_machine(plant, row["machine"], row["line"])
    return Subject(UUID(row["id"]), order, machine, Condition(State(row["state"]), Substate(row["substate"])))


def _operation(plant: Plant, order: str, product: str, row: dict[str, Any], guards: Guards) -> OperationAnswer:
    one = _subject(plant, order, row)
    forbidden = blocked(one, guards)
    by_counter = (row["method"] or {}).get("count_source", "counter") == "counter"
    known = cautions(plant, product, row["machine"], row["line"]) if one.condition.open and by_counter else ()
    del row["counting_machine"]
    return OperationAnswer(
        **row,
        allowed=[command for command in allowed(one.condition) if command not in forbidden],
        blocked=[Blocked(command=command, by=by, why=why) for command, (by, why) in forbidden.items()],
        warnings=[OperationWarning(kind=kind, text=text) for kind, text in known],
    )


def _last(operations: list[OperationAnswer]) -> dict[str, Any] | None:
    """The progress of an order: good parts of its last step; the latest end that is expected, if all are."""
    if not operations:
        return None
    step = [one for one in operations if one.step == operations[-1].step]
    slowest = max(operations, key=_end)
    told = {name: getattr(slowest, name) for name in PROGRESS}
    good = [one.good for one in step if one.good is not None]
    return told | {"good": sum(good) if good else None}


def _end(operation: OperationAnswer) -> tuple[bool, bool, datetime | str]:
    """Late before in time, unknown before known, the later end first."""
    end = operation.expected_end
    return (operation.late is True, operation.late_by_s is not None, "" if end is None else end.isoformat())
