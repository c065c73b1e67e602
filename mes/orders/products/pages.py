"""/products: what is made, by which versions, in which steps, with their drawings."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from config.device import Name
from contract.sample import to_us
from mes.orders.products.models import VersionAnswer
from mes.orders.products.store import of_plant_file, product_of, products
from mes.orders.products.store_versions import of_plant_file as plant_file_version
from mes.orders.products.store_versions import versions
from mes.web import cursor as cursors
from mes.web.context import LEND_S, Context, TheContext
from mes.web.cursor import Cursor
from mes.web.pages import TheLanguage, formats_of, page_of
from mes.web.problems import Problem
from mes.web.quantity import Number, plain

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
PRODUCTS_A_PAGE = 200
VERSIONS_SHOWN = 50


@router.get("/products")
async def product_list(
    request: Request, context: TheContext, language: TheLanguage, cursor: Cursor = None
) -> HTMLResponse:
    """All products, those of the plant file first."""
    after = 0 if cursor is None else cursors.decode("products", cursor)
    async with context.pool.connection(LEND_S) as conn:
        in_file = [] if cursor is not None else await of_plant_file(conn, context.plant)
        found = await products(conn, after, PRODUCTS_A_PAGE + 1)
    more = len(found) > PRODUCTS_A_PAGE
    shown = [*in_file, *(one for _, one in found[:PRODUCTS_A_PAGE])]
    older = cursors.encode("products", found[PRODUCTS_A_PAGE - 1][0]) if more else None
    return page_of(request, "products.html", language, products=shown, older=older, quote=_quoted)


@router.get("/products/one")
async def one_product(
    request: Request, context: TheContext, language: TheLanguage, number: Annotated[Number, Query()]
) -> HTMLResponse:
    """One product with its versions, the newest first; whoever may change products can add drawings to a draft."""
    async with context.pool.connection(LEND_S) as conn:
        product = await product_of(conn, number)
        found: list[VersionAnswer] = [one for _, one in await versions(conn, number, limit=VERSIONS_SHOWN)]
        if product is None:
            in_file = await of_plant_file(conn, context.plant)
            product = next((one for one in in_file if one.number == number), None)
            found = [plant_file_version(number)]
    if product is None:
        raise Problem(404, f"There is no product '{number}'.", "/products lists all.")
    formats = formats_of(context, language)
    return page_of(
        request,
        "product.html",
        language,
        product=product,
        versions=found,
        place_names=_places(context),
        moment=lambda at: formats.moment(to_us(at)),
        plain=plain,
        reads=context.access.may(request, "read"),
        changes=context.access.may(request, "master"),
        next=quote(f"/products/one?number={quote(number, safe='')}", safe=""),
    )


def _places(context: Context) -> dict[str, Name]:
    lines = {line.id: line.name for line in context.plant.lines}
    return lines | {machine.id: machine.name for machine in context.plant.machines}


def _quoted(text: Any) -> str:
    return quote(str(text), safe="")
