"""/api/v1/orders."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from mes.feed.routes_idempotency import OnceRoute, TheOnce, changing
from mes.feed.store_idempotency import Once
from mes.orders.models import CommandBody, OrderAnswer, OrderBody
from mes.orders.operation_states import Command
from mes.orders.store import hold_orders, put_order
from mes.orders.store_commands import command_order, start_order_now
from mes.orders.store_list import need_order, need_order_match, order_of, orders
from mes.orders.store_operations import Refused
from mes.orders.store_steps import Misfit, unknown_in
from mes.orders.wish import OrderName
from mes.web import cursor as cursors
from mes.web.access.author import TheAuthor
from mes.web.context import LEND_S, Context, TheContext
from mes.web.cursor import Cursor, Limit
from mes.web.etag import STALE, IfMatch, etag
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
        found = await orders(conn, context.plant, None if id_ is None else [id_], limit + 1, offset)
    more = len(found) > limit
    return Page(items=found[:limit], next_cursor=cursors.encode("orders", offset + limit) if more else None)


@router.get("/orders/{id}")
async def one_order(context: TheContext, response: Response, id_: OrderId) -> OrderAnswer:
    """One order with its operations and progress; with its ETag, which progress does not change."""
    async with context.pool.connection(LEND_S) as conn:
        found = await order_of(conn, context.plant, id_)
    response.headers["ETag"] = etag(found.version)
    return found


@router.put("/orders/{id}", responses=CONFLICT | STALE)
async def put(
    context: TheContext,
    response: Response,
    author: TheAuthor,
    id_: OrderId,
    body: OrderBody,
    once: TheOnce,
    if_match: IfMatch = None,
) -> OrderAnswer:
    """Make an order or change it; sending it twice is sending it once. What has begun keeps its product and place.

    Its operations are the steps of the product's version in force.
    """
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        wrong = await unknown_in(conn, context.plant, body)
        if wrong:
            raise mistake(f"body.{wrong[0]}", wrong[1])
        await once.begin(conn)
        try:
            if if_match is not None:
                await hold_orders(conn, [id_])
                await need_order_match(conn, id_, if_match)
            await put_order(conn, id_, body, author)
        except Misfit as misfit:
            raise mistake(f"body.{misfit.key}", misfit.text) from misfit
        except Refused as refused:
            raise Problem(409, refused.detail, refused.cure) from refused
        return await _answered(context, conn, response, id_, once)


@router.post("/orders/{id}/start", responses=CONFLICT | STALE)
async def start(
    context: TheContext,
    response: Response,
    author: TheAuthor,
    id_: OrderId,
    once: TheOnce,
    body: CommandBody | None = None,
    if_match: IfMatch = None,
) -> OrderAnswer:
    """The order is released and begins; a running one goes on. A machine's parts count for one order at a time."""
    async with changing(context, once) as conn:
        await need_order(conn, id_)
        await start_order_now(conn, context.plant, id_, body or CommandBody(), author, if_match)
        return await _answered(context, conn, response, id_, once)


@router.post("/orders/{id}/{command}", responses=CONFLICT | STALE)
async def command(
    context: TheContext,
    response: Response,
    author: TheAuthor,
    id_: OrderId,
    command: Annotated[Command, Path(description="What is asked of the order's only open operation.")],
    once: TheOnce,
    body: CommandBody | None = None,
    if_match: IfMatch = None,
) -> OrderAnswer:
    """Release, pause, resume, complete, abort, close, reopen or cancel the one operation of an order."""
    async with changing(context, once) as conn:
        await need_order(conn, id_)
        await command_order(conn, context.plant, id_, command, body or CommandBody(), author, if_match)
        return await _answered(context, conn, response, id_, once)


async def _answered(context: Context, conn: Connection, response: Response, id_: str, once: Once) -> OrderAnswer:
    """The order as it is after a change, kept as its answer."""
    order = await order_of(conn, context.plant, id_)
    response.headers["ETag"] = etag(order.version)
    await once.keep(conn, 200, order)
    return order
