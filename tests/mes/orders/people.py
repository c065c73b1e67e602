"""What a person asks of orders, the short way: None when it was done, or why it was refused."""

from config.plant import Plant
from mes.orders.operation_states import Command
from mes.orders.progress import Order
from mes.orders.store import act, only_operation, put_order, start_order
from mes.orders.store_operations import Refused
from mes.orders.store_progress import operations_in_progress
from mes.orders.wish import OrderWish
from mes.web.access.author import Author
from runtime.lending import Connection

PERSON = Author("li", "test")


async def ordered(conn: Connection, wish: OrderWish) -> Refused | None:
    try:
        await put_order(conn, wish.id, wish, PERSON)
    except Refused as refused:
        return refused
    return None


async def started(conn: Connection, plant: Plant, id_: str, at_us: int) -> Refused | None:
    try:
        await start_order(conn, plant, id_, at_us, PERSON)
    except Refused as refused:
        return refused
    return None


async def asked(
    conn: Connection, plant: Plant, id_: str, command: Command, at_us: int, *, suspend: bool = False
) -> Refused | None:
    try:
        async with conn.transaction():
            operation, log = await only_operation(conn, plant, id_)
            await act(conn, plant, operation, log, command, at_us, PERSON, suspend=suspend)
    except Refused as refused:
        return refused
    return None


async def running(conn: Connection, now_us: int) -> list[Order]:
    return [one.order for one in await operations_in_progress(conn, now_us)]
