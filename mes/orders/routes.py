"""/api/v1/orders."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request

from contract.sample import to_us
from mes.feed.routes_idempotency import OnceRoute, TheOnce
from mes.feed.store_idempotency import Once
from mes.orders.models import OrderAnswer, OrderBody
from mes.orders.store import Refused, end_order, put_order, start_order
from mes.orders.store_list import order_of, orders
from mes.orders.wish import OrderName, OrderWish, unknown_place
from mes.web import cursor as cursors
from mes.web.context import LEND_S, Context, TheContext
from mes.web.cursor import Cursor, Limit
from mes.web.models import Page
from mes.web.problems import MEDIA, Problem, ProblemBody, mistake
from runtime.lending import Connection

router = APIRouter(tags=["orders"], route_class=OnceRoute)
OrderId = Annotated[OrderName, Path(alias="id", description="Chosen by the ERP.", examples=["WO-1042"])]
CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {"model": ProblemBody, "description": "The order's condition forbids it.", "content": {MEDIA: {}}}
}


@router.get("/orders")
async def list_orders(
    context: TheContext,
    limit: Limit = 100,
    cursor: Cursor = None,
    id_: Annotated[OrderName | None, Query(alias="id", description="Only this order.")] = None,
) -> Page[OrderAnswer]:
    """Running orders first, then those not started, then ended ones; within each by due time."""
    offset = 0 if cursor is None else cursors.decode("orders", cursor)
    async with context.pool.connection(LEND_S) as conn:
        found = await orders(conn, id_, limit + 1, offset)
    more = len(found) > limit
    return Page(items=found[:limit], next_cursor=cursors.encode("orders", offset + limit) if more else None)


@router.get("/orders/{id}")
async def one_order(context: TheContext, id_: OrderId) -> OrderAnswer:
    """One order with its progress."""
    async with context.pool.connection(LEND_S) as conn:
        return await order_of(conn, id_)


@router.put("/orders/{id}")
async def put(context: TheContext, request: Request, id_: OrderId, body: OrderBody, once: TheOnce) -> OrderAnswer:
    """Make an order or change it; sending it twice is sending it once. What has begun keeps its start."""
    if (body.machine is None) == (body.line is None):
        raise mistake("body.machine", "Give either 'machine' or 'line', not both and not neither.")
    wish = OrderWish(id=id_, **body.model_dump())
    wrong = unknown_place(context.plant, wish)
    if wrong:
        place, _, message = wrong.partition(": ")
        raise mistake(f"body.{place}", message)
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        _need_taken(await put_order(conn, context.plant, wish, _who(context, request)))
        return await _kept(conn, id_, once)


@router.post("/orders/{id}/start", responses=CONFLICT)
async def start(context: TheContext, request: Request, id_: OrderId, once: TheOnce) -> OrderAnswer:
    """The order begins now; a running one goes on unchanged. A machine's parts count for one order at a time."""
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        if (await order_of(conn, id_)).condition == "ended":
            raise Problem(409, f"Order '{id_}' has ended.", "Put a new order with an id of its own.")
        _need_taken(await start_order(conn, context.plant, id_, to_us(datetime.now(UTC)), _who(context, request)))
        return await _kept(conn, id_, once)


@router.post("/orders/{id}/end", responses=CONFLICT)
async def end(context: TheContext, request: Request, id_: OrderId, once: TheOnce) -> OrderAnswer:
    """The order ends now; one that has ended stays as it is."""
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        if (await order_of(conn, id_)).condition == "open":
            raise Problem(409, f"Order '{id_}' has not begun.", f"POST /api/v1/orders/{id_}/start first.")
        await end_order(conn, id_, to_us(datetime.now(UTC)), _who(context, request))
        return await _kept(conn, id_, once)


async def _kept(conn: Connection, id_: str, once: Once) -> OrderAnswer:
    order = await order_of(conn, id_)
    await once.keep(conn, 200, order)
    return order


def _need_taken(refused: Refused | None) -> None:
    if refused is not None:
        raise Problem(409, refused.detail, refused.cure)


def _who(context: Context, request: Request) -> str:
    """Who is written down: the key's name, or 'api' where no key is set."""
    return context.access.who_asks(request) or "api"
