"""/orders/{id}: one order, what can be asked of its operations, their log, what was reported and confirmed."""

from typing import Annotated, Any
from urllib.parse import quote, unquote
from uuid import UUID

from fastapi import APIRouter, Cookie, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from config.device import Name
from contract.sample import to_us
from mes.orders.confirmations.store import confirmations_of
from mes.orders.models import CommandBody
from mes.orders.operation_states import Command
from mes.orders.production_events.store import Asked, labour
from mes.orders.products.store import product_names
from mes.orders.quantities.booked import UNASSIGNED
from mes.orders.quantities.models import QuantityBody
from mes.orders.quantities.store import quantities, report
from mes.orders.quantities.store_judged import not_counted_of
from mes.orders.quantities.store_reasons import reasons
from mes.orders.store_commands import command_operation
from mes.orders.store_list import need_operation, order_of, transitions_of
from mes.orders.wish import OrderName
from mes.web.access.author import Author, author_named, named_in
from mes.web.bounds import Letters
from mes.web.context import LEND_S, TheContext
from mes.web.etag import etag
from mes.web.pages import YEAR_S, TheLanguage, form_of, formats_of, page_of
from mes.web.problems import Problem

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
OrderId = Annotated[OrderName, Path(alias="id")]
SHOWN = 50
# What a completion lacks, and the box that lets it be.
OVERRIDES = {"quantity": "short", "inspections": "uninspected"}
LONGEST_VERSION = 12
# What a person is asked for in words: everything else is one press.
NOT_HERE = (Command.CREATE, Command.UNDO)


@router.get("/orders/{id}")
async def one_order(
    request: Request,
    context: TheContext,
    language: TheLanguage,
    id_: OrderId,
    shopfloor_name: Annotated[str, Cookie()] = "",
    trouble: Annotated[Letters, Query()] = "",
) -> HTMLResponse:
    """The order with all that happened to it."""
    async with context.pool.connection(LEND_S) as conn:
        order = await order_of(conn, context.plant, id_)
        product_name = await product_names(conn, context.plant, {order.product})
        known = await reasons(conn, "scrap")
        parts: list[dict[str, Any]] = [
            {
                "of": one,
                "log": (await transitions_of(conn, one.id))[-SHOWN:],
                "reported": await quantities(conn, operation=one.id, most=SHOWN),
                "labour": (await labour(conn, Asked(operation=one.id)))[-SHOWN:],
                "not_counted": await not_counted_of(conn, context.plant, one.id),
                "confirmed": (await confirmations_of(conn, await need_operation(conn, one.id)))[-SHOWN:],
            }
            for one in order.operations
        ]
    formats = formats_of(context, language)
    called = {reason.id: reason.name_zh if language == "zh" else reason.name_en for reason in known}
    names = {line.id: line.name for line in context.plant.lines}
    names |= {machine.id: machine.name for machine in context.plant.machines}
    return page_of(
        request,
        "order.html",
        language,
        order=order,
        parts=parts,
        product_name=product_name,
        reads=context.access.may(request, "read"),
        quote=lambda text: quote(text, safe=""),
        reasons=[(reason.id, called[reason.id]) for reason in known if not reason.retired],
        called=called,
        unassigned=UNASSIGNED,
        commands=lambda one: [command for command in one.allowed if command not in NOT_HERE],
        name_of=lambda id_: names.get(id_, Name(en=id_, zh=id_)),
        moment=lambda at: formats.moment(to_us(at)),
        late=formats.late,
        name=unquote(shopfloor_name),
        trouble=trouble,
    )


@router.post("/orders/{id}/operations/{operation}/{command}")
async def ask(request: Request, context: TheContext, id_: OrderId, operation: UUID, command: Command) -> Response:
    """Ask something of an operation in the name of the person in the form; back to the order."""
    if not context.access.may(request, "execution"):
        return RedirectResponse(f"/login?next={quote(f'/orders/{id_}')}", 303)
    form = await form_of(request)
    said: dict[str, Any] = {"reason": form.get("why", "").strip(), "suspend": form.get("suspend") == "yes"}
    said["override"] = [missing for missing, field in OVERRIDES.items() if form.get(field) == "yes"]
    try:
        author = author_of(request, form)
        body = CommandBody.model_validate(said)
        async with context.pool.connection(LEND_S) as conn, conn.transaction():
            await command_operation(conn, context.plant, operation, command, body, author, _seen(form))
    except (Problem, ValidationError) as err:
        return back_to(id_, form, _word(err))
    return back_to(id_, form)


@router.post("/orders/{id}/operations/{operation}/report/quantity")
async def tell(request: Request, context: TheContext, id_: OrderId, operation: UUID) -> Response:
    """Report parts of an operation; back to the order."""
    if not context.access.may(request, "execution"):
        return RedirectResponse(f"/login?next={quote(f'/orders/{id_}')}", 303)
    form = await form_of(request)
    said: dict[str, Any] = {"operation": operation, "kind": form.get("kind", ""), "quantity": form.get("quantity", "")}
    if said["kind"] == "scrap":
        said["reason"] = form.get("reason") or None
    try:
        author = author_of(request, form)
        body = QuantityBody.model_validate(said)
        async with context.pool.connection(LEND_S) as conn, conn.transaction():
            await report(conn, body, author)
    except (Problem, ValidationError) as err:
        return back_to(id_, form, _word(err))
    return back_to(id_, form)


def _seen(form: dict[str, str]) -> str:
    """The version that the page showed: a page that is old asks for nothing."""
    shown = form.get("seen", "")
    return etag(int(shown) if shown.isdecimal() and len(shown) < LONGEST_VERSION else 0)


def author_of(request: Request, form: dict[str, str]) -> Author:
    """Whoever is signed on, or named in a form; a Problem where nobody is."""
    name = named_in(request, form)
    if not name:
        raise Problem(422, "name_first")
    return author_named(request, name)


def _word(err: Problem | ValidationError) -> str:
    """Which of the page's sentences says what was wrong."""
    if isinstance(err, ValidationError):
        return "order_mistake"
    if err.detail == "name_first":
        return "name_first"
    if err.status == 412:
        return "order_stale"
    if err.status == 422:
        return "order_reason" if "reason" in err.detail else "order_mistake"
    if "is to be inspected" in err.detail:
        return "order_uninspected"
    return "order_short" if "are not made" in err.detail else "order_refused"


def back_to(id_: str, form: dict[str, str], trouble: str = "") -> Response:
    """The page of the order again, which remembers the name."""
    answer = RedirectResponse(f"/orders/{quote(id_)}{'?trouble=' + trouble if trouble else ''}", 303)
    name = form.get("by", "").strip()[:80]
    if name:
        answer.set_cookie("shopfloor_name", quote(name), max_age=YEAR_S, samesite="strict", httponly=True)
    return answer
