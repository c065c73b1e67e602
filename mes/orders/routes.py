"""/api/v1/orders."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from mes.feed.routes_idempotency import OnceRoute, TheOnce
from mes.feed.store_idempotency import Once
from mes.orders.models import CommandBody, OrderAnswer, OrderBody
from mes.orders.operation_states import Command
from mes.orders.store import put_order
from mes.orders.store_commands import command_order, start_order_now
from mes.orders.store_list import order_of, orders
from mes.orders.store_operations import Refused
from mes.orders.store_steps import Misfit, unknown_in
from mes.orders.wish import OrderName
from mes.web import cursor as cursors
from mes.web.author import TheAuthor
from mes.web.context import LEND_S, TheContext
from mes.web.cursor import Cursor, Limit
from mes.web.models import Page
from mes.web.problems import MEDIA, Problem, ProblemBody, mistake
from runtime.lending import Connection

router = APIRouter(tags=["orders"], route_class=OnceRoute)
OrderId = Annotated[OrderName, Path(alias="id", description="Chosen by the ERP.", examples=["WO-1042"])]
CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {"model": ProblemBody, "description": "The order's state forbids it.", "content": {MEDIA: {}}}
}


@router.get("/orders")
async def list_orders(
    context: TheContext,
    limit: Limit = 100,
    cursor: Cursor = None,
    id_: Annotated[OrderName | None, Query(alias="id", description="Only this order.")] = None,
) -> Page[OrderAnswer]:
    """Orders in progress first, then those not started, then ended ones; within each by due time."""
    offset = 0 if cursor is None else cursors.decode("orders", cursor)
    async with context.pool.connection(LEND_S) as conn:
        found = await orders(conn, id_, limit + 1, offset)
    more = len(found) > limit
    return Page(items=found[:limit], next_cursor=cursors.encode("orders", offset + limit) if more else None)


@router.get("/orders/{id}")
async def one_order(context: TheContext, id_: OrderId) -> OrderAnswer:
    """One order with its operations and progress."""
    async with context.pool.connection(LEND_S) as conn:
        return await order_of(conn, id_)


@router.put("/orders/{id}", responses=CONFLICT)
async def put(context: TheContext, author: TheAuthor, id_: OrderId, body: OrderBody, once: TheOnce) -> OrderAnswer:
    """Make an order or change it; sending it twice is sending it once. What has begun keeps its product and place.

    Its operations are the steps of the product's version in force.
    """
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        wrong = await unknown_in(conn, context.plant, body)
        if wrong:
            raise mistake(f"body.{wrong[0]}", wrong[1])
        await once.begin(conn)
        try:
            await put_order(conn, id_, body, author)
        except Misfit as misfit:
            raise mistake(f"body.{misfit.key}", misfit.text) from misfit
        except Refused as refused:
            raise Problem(409, refused.detail, refused.cure) from refused
        return await _kept(conn, id_, once)


@router.post("/orders/{id}/start", responses=CONFLICT)
async def start(
    context: TheContext, author: TheAuthor, id_: OrderId, once: TheOnce, body: CommandBody | None = None
) -> OrderAnswer:
    """The order is released and begins; a running one goes on. A machine's parts count for one order at a time."""
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        await order_of(conn, id_)
        await start_order_now(conn, context.plant, id_, body or CommandBody(), author)
        return await _kept(conn, id_, once)


@router.post("/orders/{id}/{command}", responses=CONFLICT)
async def command(
    context: TheContext,
    author: TheAuthor,
    id_: OrderId,
    command: Annotated[Command, Path(description="What is asked of the order's only open operation.")],
    once: TheOnce,
    body: CommandBody | None = None,
) -> OrderAnswer:
    """Release, pause, resume, complete, abort, close, reopen or cancel the one operation of an order."""
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        await order_of(conn, id_)
        await command_order(conn, context.plant, id_, command, body or CommandBody(), author)
        return await _kept(conn, id_, once)


async def _kept(conn: Connection, id_: str, once: Once) -> OrderAnswer:
    order = await order_of(conn, id_)
    await once.keep(conn, 200, order)
    return order
