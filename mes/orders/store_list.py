"""Orders with their progress, as the ERP sees them."""

from typing import Any

from mes.orders.models import OrderAnswer
from mes.web.problems import Problem
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.orders")


async def orders(conn: Connection, id_: str | None = None, limit: int = 500, offset: int = 0) -> list[OrderAnswer]:
    """Running orders first, then those not started, then ended ones; within each by due time."""
    asked = {"id": id_, "limit": limit, "offset": offset}
    cursor = await conn.execute(SQL["order_list"].encode(), asked)
    names = [column.name for column in cursor.description or ()]
    return [_order(dict(zip(names, row, strict=True))) for row in await cursor.fetchall()]


async def count_of_orders(conn: Connection) -> int:
    """How many there are."""
    row = await (await conn.execute(SQL["count_of_orders"].encode())).fetchone()
    return int(row[0]) if row else 0


async def order_of(conn: Connection, id_: str) -> OrderAnswer:
    """One order, or a Problem 404."""
    found = await orders(conn, id_)
    if not found:
        raise Problem(404, f"There is no order '{id_}'.", f"Send it with PUT /api/v1/orders/{id_}.")
    return found[0]


def _order(row: dict[str, Any]) -> OrderAnswer:
    return OrderAnswer(**row)
