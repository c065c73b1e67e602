"""Orders in the database: made, changed, and carried out as people, programs and order tags say."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog

from config.device import Role
from config.plant import Plant
from contract.sample import from_us, to_us
from mes.feed.store_audit import note
from mes.feed.store_outbox import tell
from mes.orders.operation_states import RUNNING, SUSPENDED, Command, Condition, after
from mes.orders.order_tag import BY_TAG, follow, without
from mes.orders.store_operations import Operation, Refused, append, hold_operations, locked, operations_of
from mes.orders.store_steps import Products, planned, put_operations
from mes.orders.transition_log import Entry, Step, in_order, with_steps
from mes.orders.wish import OrderFields, OrderWish, counting_machine
from mes.web.access.author import Author
from mes.web.quantity import plain
from runtime.database import queries
from runtime.lending import Connection

log = structlog.get_logger()
SQL = queries("mes.orders")
# So many operations are named where one has to be chosen.
MOST_LISTED = 5
# An order that ended longer ago is not bound anew, however late samples come.
REBOUND_US = 30 * 86_400_000_000


@dataclass(frozen=True, slots=True)
class Stored:
    """An order as it is, None where there is none; the version that its steps are of, and its operations, held."""

    document: dict[str, Any] | None = None
    version: UUID | None = None
    operations: Sequence[Operation] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """What was read beforehand for many orders of one transaction."""

    orders: dict[str, Stored]
    products: Products = field(default_factory=dict)


async def hold_orders(conn: Connection, ids: Sequence[str]) -> dict[str, Stored]:
    """Orders as they are; nobody else changes them until the transaction ends."""
    await conn.execute(SQL["lock_orders"], {"ids": sorted(ids)})
    rows = await (await conn.execute(SQL["orders_now"], {"ids": list(ids)})).fetchall()
    operations: dict[str, list[Operation]] = {row[0]: [] for row in rows}
    for one in await hold_operations(conn, list(operations)) if operations else ():
        operations[one.order].append(one)
    found = dict.fromkeys(ids, Stored())
    for id_, *fields, version in rows:
        document = _document(dict(zip(OrderFields.model_fields, fields, strict=True)))
        found[id_] = Stored(document, version, operations[id_])
    return found


async def put_order(conn: Connection, id_: str, wish: OrderFields, author: Author, batch: Batch | None = None) -> bool:
    """Make the order, or bring it to these wishes; True where it is new. Doing it twice changes nothing.

    Refused where that cannot be. What is released keeps its product, what has begun its place, too.
    """
    async with conn.transaction():
        # What was read beforehand holds for the first change only.
        stored = None if batch is None else batch.orders.pop(id_, None)
        stored = stored or (await hold_orders(conn, [id_]))[id_]
        before, pinned, there = stored.document, stored.version, stored.operations
        products = None if batch is None else batch.products
        wish, steps, version = await planned(conn, id_, wish, there, pinned, products)
        row = wish.model_dump(exclude={"id", "started_at"})
        document = _document(row)
        if (before, pinned) == (document, version):
            return False
        if wish.external_system is not None:
            taken = await _row_of(conn, "order_of_external", row)
            if taken is not None and taken[0] != id_:
                raise Refused(
                    f"Order '{taken[0]}' has number '{wish.external_number}' of '{wish.external_system}' already.",
                    f"Change that order, or send this one as '{taken[0]}'.",
                )
        signed = {"id": id_, "person": author.person, "client": author.client, "product_version": version}
        await conn.execute(SQL["put_order"], row | signed)
        await put_operations(conn, id_, wish, there, steps)
        await tell(conn, "order.changed", f"order/{id_}", document | {"order": id_})
        await note(conn, author, "put", f"order/{id_}", before, document)
        return before is None


def _document(row: dict[str, Any]) -> dict[str, Any]:
    due = row["due_at"]
    told = None if due is None else due.astimezone(UTC).isoformat().replace("+00:00", "Z")
    every = row["confirm_every"]
    amounts = {"quantity": plain(row["quantity"]), "confirm_every": None if every is None else plain(every)}
    return row | amounts | {"due_at": told}


async def take_order(conn: Connection, plant: Plant, wish: OrderWish) -> None:
    """An order of the file, begun where it says so; what is not taken of it is told and stops nothing."""
    author = Author(None, "orders file")
    try:
        async with conn.transaction():
            await put_order(conn, wish.id, wish, author)
        if wish.started_at is not None:
            async with conn.transaction():
                await start_order(conn, plant, wish.id, to_us(wish.started_at), author)
    except Refused as refused:
        log.warning("order_not_taken", order=wish.id, reason=refused.detail, cure=refused.cure)


async def only_operation(conn: Connection, plant: Plant, order: str) -> tuple[Operation, list[Entry]]:
    """The one operation of an order, locked, with its log; Refused where there are several, or none."""
    there = await operations_of(conn, order)
    if not there:
        raise Refused(f"There is no order '{order}'.", f"Send it with PUT /api/v1/orders/{order}.")
    still = [one for one in there if one.condition.open]
    if len(still or there) > 1:
        raise Refused(
            f"Order '{order}' has {len(still or there)} operations.",
            f"Say which: POST /api/v1/operations/<id>/<command>. {_listed(still or there)}",
        )
    found = await locked(conn, plant, (still or there)[0].id)
    if found is None:
        raise Refused(f"Order '{order}' was planned anew at this moment.", "Ask again.")
    return found


def _listed(operations: Sequence[Operation]) -> str:
    """The first of some operations, each with its id and place."""
    shown = [f"step {one.step} on '{one.machine or one.line}' is {one.id}" for one in operations[:MOST_LISTED]]
    more = f", and {len(operations) - MOST_LISTED} more" if len(operations) > MOST_LISTED else ""
    return f"They are {'; '.join(shown)}{more}."


async def start_order(
    conn: Connection, plant: Plant, order: str, at_us: int, author: Author, until_us: int | None = None
) -> None:
    """The order is released and begins, unless it runs; Refused where it cannot, or another one runs there."""
    async with conn.transaction():
        operation, entries = await only_operation(conn, plant, order)
        if operation.condition == RUNNING and until_us is None:
            return
        if not operation.condition.started:
            released = after(Command.RELEASE, operation.condition)
            if released is not None:
                await append(conn, plant, operation, entries, [Step(Command.RELEASE, released, at_us)], author)
                operation, entries = await only_operation(conn, plant, order)
        command = Command.RESUME if operation.condition.started else Command.START
        await act(conn, plant, operation, entries, command, at_us, author, until_us=until_us)


async def act(
    conn: Connection,
    plant: Plant,
    operation: Operation,
    entries: Sequence[Entry],
    command: Command,
    at_us: int,
    author: Author,
    reason: str = "",
    *,
    suspend: bool = False,
    until_us: int | None = None,
) -> Condition:
    """Carry out a command on a locked operation; Refused where its condition does not allow it.

    A run that has an end already gives its machine back then: others may have had it since.
    """
    to = after(command, operation.condition, suspend=suspend)
    if to is None:
        now = operation.condition.words
        raise Refused(
            f"Step {operation.step} of order '{operation.order}' is {now}: no {command.value} now.",
            f"GET /api/v1/operations/{operation.id} lists under 'allowed' what can be asked of it now.",
        )
    steps = [Step(command, to, at_us)]
    if until_us is not None:
        steps.append(Step(Command.PAUSE, SUSPENDED, until_us))
    return await extend(conn, plant, operation, entries, steps, author, reason)


async def extend(
    conn: Connection,
    plant: Plant,
    operation: Operation,
    entries: Sequence[Entry],
    steps: Sequence[Step],
    author: Author,
    reason: str = "",
) -> Condition:
    """Add steps to the log of a locked operation; Refused where they are not in the order of time."""
    if not in_order(with_steps(entries, steps, author.client)):
        raise Refused(
            f"Step {operation.step} of order '{operation.order}' would end or go on before it began.",
            f"Give an instant after its last transition; GET /api/v1/operations/{operation.id}/transitions lists them.",
        )
    return await append(conn, plant, operation, entries, steps, author, reason)


async def bind_orders(conn: Connection, plant: Plant, now_us: int, told: dict[UUID, str] | None = None) -> bool:
    """Begin and interrupt orders as the order tags of machines show them; True when that has changed anything.

    An order counts where it is made: at its machine, or at the machine whose output is its line's. While another order
    runs there, the one that is shown does not begin; `told` remembers of which that was logged.
    """
    tagged = [machine.id for machine in plant.machines if machine.tag_of(Role.ORDER)]
    if not tagged:
        return False
    lines = {line.output_machine: line.id for line in plant.lines}
    asked = {
        "machines": tagged,
        "lines": [lines.get(machine) for machine in tagged],
        "since": from_us(now_us - REBOUND_US),
    }
    rows = await (await conn.execute(SQL["shown_operations"], asked)).fetchall()
    shown = {row[0]: row[1:] for row in sorted(rows, key=lambda row: (row[1][-1], str(row[0])))}
    changed, waiting = False, dict.fromkeys(shown, "")
    # Twice: what waits only until another one of this round has left need not wait for the next.
    for _ in range(2):
        for id_ in list(waiting):
            try:
                changed |= await _follow(conn, plant, id_, *shown[id_])
                del waiting[id_]
            except Refused as refused:
                waiting[id_] = refused.detail
    _tell(waiting, {} if told is None else told)
    return changed


async def _follow(
    conn: Connection, plant: Plant, id_: UUID, starts: Sequence[datetime], ends: Sequence[datetime | None]
) -> bool:
    shown = [(to_us(start), None if end is None else to_us(end)) for start, end in zip(starts, ends, strict=True)]
    async with conn.transaction():
        found = await locked(conn, plant, id_)
        if found is None:
            return False
        operation, entries = found
        asked = {"id": id_, "machine": counting_machine(plant, operation.machine, operation.line), "plc": BY_TAG}
        said = await (await conn.execute(SQL["runs_of_people"], asked)).fetchall()
        steps = follow(entries, without(shown, [(to_us(start), to_us(end)) for start, end in said]))
        if steps:
            await append(conn, plant, operation, entries, steps, Author(None, BY_TAG), "as its order tag shows")
        return bool(steps)


def _tell(waiting: dict[UUID, str], told: dict[UUID, str]) -> None:
    """Once of each operation that is shown by a tag and cannot begin."""
    for operation, reason in waiting.items():
        if told.get(operation) != reason:
            log.warning(
                "order_waits", operation=str(operation), reason=reason, cure="complete or suspend that one first"
            )
    told.clear()
    told.update(waiting)


async def _row_of(conn: Connection, name: str, asked: dict[str, Any]) -> Any:
    return await (await conn.execute(SQL[name], asked)).fetchone()
