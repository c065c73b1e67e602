"""/orders/{id}/…/labour: who stands at a machine says that work on an operation begins, and that it has ended."""

from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from mes.orders.pages_order import OrderId, author_of, back_to
from mes.orders.production_events.models import EndLabourBody, LabourBody
from mes.orders.production_events.store_labour import end, enter
from mes.web.context import LEND_S, TheContext
from mes.web.pages import form_of
from mes.web.problems import Problem

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.post("/orders/{id}/operations/{operation}/labour/begin")
async def begin(request: Request, context: TheContext, id_: OrderId, operation: UUID) -> Response:
    """The person in the form begins to work on the operation now; back to the order."""
    return await _change(request, context, id_, LabourBody(operation=operation))


@router.post("/orders/{id}/labour/{entry}/end")
async def stop(request: Request, context: TheContext, id_: OrderId, entry: UUID) -> Response:
    """Labour that goes on ends now, told by the person in the form; back to the order."""
    return await _change(request, context, id_, entry)


async def _change(request: Request, context: TheContext, id_: str, change: LabourBody | UUID) -> Response:
    if not context.access.may(request, "execution"):
        return RedirectResponse(f"/login?next={quote(f'/orders/{id_}')}", 303)
    form = await form_of(request)
    try:
        author = author_of(request, form)
        async with context.pool.connection(LEND_S) as conn, conn.transaction():
            if isinstance(change, UUID):
                await end(conn, context.plant, change, EndLabourBody(), author)
            else:
                await enter(conn, context.plant, change, author)
    except (Problem, ValidationError) as err:
        nameless = isinstance(err, Problem) and err.detail == "name_first"
        return back_to(id_, form, "name_first" if nameless else "order_labour")
    return back_to(id_, form)
