"""/orders: orders with their progress."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from config.device import Name
from contract.sample import to_us
from mes.orders.products.store import product_names
from mes.orders.store_list import count_of_orders, orders
from mes.web.context import LEND_S, TheContext
from mes.web.pages import TheLanguage, formats_of, page_of

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
ORDERS_A_PAGE = 200


@router.get("/orders")
async def order_list(
    request: Request,
    context: TheContext,
    language: TheLanguage,
    number: Annotated[int, Query(alias="page", ge=1, le=100_000)] = 1,
) -> HTMLResponse:
    """Orders with their progress, a page of them: the running ones first."""
    first = (number - 1) * ORDERS_A_PAGE
    async with context.pool.connection(LEND_S) as conn:
        found = await orders(conn, context.plant, limit=ORDERS_A_PAGE, offset=first)
        count = await count_of_orders(conn)
        product_name = await product_names(conn, context.plant, {order.product for order in found})
    formats = formats_of(context, language)
    names = {line.id: line.name for line in context.plant.lines}
    names |= {machine.id: machine.name for machine in context.plant.machines}
    return page_of(
        request,
        "orders.html",
        language,
        orders=found,
        shown=(first + 1, first + len(found), count),
        newer=number - 1,
        older=number + 1 if first + len(found) < count else 0,
        product_name=product_name,
        quote=lambda text: quote(text, safe=""),
        name_of=lambda id_: names.get(id_, Name(en=id_, zh=id_)),
        moment=lambda at: formats.moment(to_us(at)),
        late=formats.late,
    )
