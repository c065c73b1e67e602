"""Production orders: the table, the file, and their progress while they run."""

from dataclasses import dataclass
from typing import Any

import structlog
from psycopg.rows import TupleRow

from config.device import Role
from config.plant import Plant
from contract.sample import from_us, to_us
from mes.keeper.store_sums import ORDERS_LOCK, drop_hours_since
from mes.orders.wish import OrderWish, counting_machine
from runtime.database import queries
from runtime.lending import Connection

log = structlog.get_logger()
SQL = queries("mes.orders")
# Only one at a time may decide which order begins where.
BEGIN_LOCK = 0x53484F42  # "SHOB"
# Who has begun or ended an order that a machine's tag shows.
BY_TAG = "plc"
# An order that ended longer ago is not bound anew, however late samples come.
REBOUND_US = 30 * 86_400_000_000
# No hour that is younger is kept.
LIVE_US = 300_000_000


@dataclass(frozen=True, slots=True)
class Refused:
    """Why an order was not changed, and what to do about it."""

    detail: str
    cure: str


async def put_order(conn: Connection, plant: Plant, wish: OrderWish, by: str) -> Refused | None:
    """Make the order, or bring it to these wishes; doing it twice changes nothing.

    What has begun keeps its product and place. Where the machine has another order, this one is put down without its
    begin.
    """
    async with conn.transaction():
        await conn.execute("SELECT pg_advisory_xact_lock_shared(%s)", (ORDERS_LOCK,))
        await conn.execute("SELECT pg_advisory_xact_lock(%s)", (BEGIN_LOCK,))
        before = await _row_of(conn, "order_place", {"id": wish.id})
        begun = before is not None and before[2] is not None
        if begun and before is not None and (wish.product, wish.machine, wish.line) != (before[3], *before[:2]):
            return Refused(
                f"Order '{wish.id}' has begun: it keeps its product and its place.",
                "End it and put another order with an id of its own.",
            )
        refused = None
        if not begun and wish.started_at is not None:
            refused = await _occupied(conn, plant, wish.id, wish.machine, wish.line)
        row = wish.model_dump() | {"ended_at": None, "by": by}
        await conn.execute(SQL["put_order"], row | ({"started_at": None} if refused else {}))
        after = await _row_of(conn, "order_place", {"id": wish.id})
        if before != after and after is not None and after[2] is not None:
            await drop_hours_since(conn, after[2])
    return refused


async def take_order(conn: Connection, plant: Plant, wish: OrderWish) -> None:
    """An order of the file; what is not taken of it is told and stops nothing."""
    refused = await put_order(conn, plant, wish, "orders file")
    if refused:
        log.warning("order_not_taken", order=wish.id, reason=refused.detail, cure=refused.cure)


async def start_order(conn: Connection, plant: Plant, order_id: str, at_us: int, by: str) -> Refused | None:
    """The order begins, unless it has begun or another one runs on the machine that counts for it."""
    async with conn.transaction():
        await conn.execute("SELECT pg_advisory_xact_lock(%s)", (BEGIN_LOCK,))
        place = await _row_of(conn, "order_place", {"id": order_id})
        if place is None:
            return Refused(f"There is no order '{order_id}'.", f"Send it with PUT /api/v1/orders/{order_id}.")
        if place[2] is None and (refused := await _occupied(conn, plant, order_id, *place[:2])):
            return refused
        await conn.execute(SQL["start_order"], {"id": order_id, "at": from_us(at_us), "by": by})
    return None


async def _occupied(
    conn: Connection, plant: Plant, order_id: str, machine: str | None, line: str | None
) -> Refused | None:
    counting = counting_machine(plant, machine, line)
    lines = [one.id for one in plant.lines if one.output_machine == counting]
    asked = {"id": order_id, "machine": counting, "lines": lines}
    row = await _row_of(conn, "order_running_at", asked)
    if row is None:
        return None
    return Refused(
        f"Order '{row[0]}' runs on '{counting}', whose parts count for one order at a time.",
        f"End it first: POST /api/v1/orders/{row[0]}/end.",
    )


async def end_order(conn: Connection, order_id: str, at_us: int, by: str) -> bool:
    """The order ends, unless it has ended; False when there is no such order or it never began."""
    return (await conn.execute(SQL["end_order"], {"id": order_id, "at": from_us(at_us), "by": by})).rowcount == 1


async def bind_orders(conn: Connection, plant: Plant, now_us: int, told: dict[str, str] | None = None) -> bool:
    """Begin and end orders as the order tags of machines show them; True when that has changed anything.

    An order counts where it is made: at its machine, or at the machine whose output is its line's. While another order
    runs there, the one that is shown does not begin; `told` remembers of which that was logged.
    """
    tagged = [machine for machine in plant.machines if machine.tag_of(Role.ORDER)]
    if not tagged:
        return False
    lines = {line.output_machine: line.id for line in plant.lines}
    asked = {
        "machines": [machine.id for machine in tagged],
        "lines": [lines.get(machine.id) for machine in tagged],
        "since": from_us(now_us - REBOUND_US),
        "by": BY_TAG,
    }
    async with conn.transaction():
        await conn.execute("SELECT pg_advisory_xact_lock_shared(%s)", (ORDERS_LOCK,))
        await conn.execute("SELECT pg_advisory_xact_lock(%s)", (BEGIN_LOCK,))
        row = await _row_of(conn, "bind_orders", asked)
        waiting = {} if row is None or row[1] is None else dict(row[1])
        _tell(waiting, {} if told is None else told)
        if row is None or row[0] is None:
            return False
        if to_us(row[0]) < now_us - LIVE_US:
            await drop_hours_since(conn, row[0])
    return True


def _tell(waiting: dict[str, str], told: dict[str, str]) -> None:
    """Once of each order that is shown by a tag and cannot begin."""
    for order, running in waiting.items():
        if told.get(order) != running:
            log.warning("order_waits", order=order, running=running, cure=f"end {running} first")
    told.clear()
    told.update(waiting)


async def _row_of(conn: Connection, name: str, asked: dict[str, Any]) -> TupleRow | None:
    return await (await conn.execute(SQL[name], asked)).fetchone()
