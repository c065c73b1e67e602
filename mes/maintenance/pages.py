"""/calls: who calls for help, who is on the way; to call, answer and end."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from urllib.parse import quote, unquote
from uuid import UUID

from fastapi import APIRouter, Cookie, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from mes.maintenance.calls import KINDS
from mes.maintenance.models import CallAnswer, CallBody
from mes.maintenance.store_calls import answer, call, end, open_calls
from mes.web.access.author import Author, author_named, named_in
from mes.web.bounds import Letters
from mes.web.context import LEND_S, Context, TheContext
from mes.web.pages import YEAR_S, TheLanguage, form_of, formats_of, page_of
from mes.web.problems import Problem
from mes.web.words import words
from runtime.lending import Connection

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
BACK = {"home": "/", "calls": "/calls"}


@router.get("/calls")
async def calls_page(
    request: Request,
    context: TheContext,
    language: TheLanguage,
    shopfloor_name: Annotated[str, Cookie()] = "",
    trouble: Annotated[Letters, Query()] = "",
) -> HTMLResponse:
    """Open calls, those that nobody has answered first, and a button for each kind of help at each machine."""
    async with context.pool.connection(LEND_S) as conn:
        found = await open_calls(conn)
    return page_of(
        request,
        "calls.html",
        language,
        calls=found,
        kinds=KINDS,
        plant=context.plant,
        names={machine.id: machine.name for machine in context.plant.machines},
        aged=formats_of(context, language).aged,
        name=unquote(shopfloor_name),
        trouble=words(language).get(trouble, ""),
    )


@router.post("/calls")
async def make(request: Request, context: TheContext) -> Response:
    """Call; the call that is open already, where there is one."""
    form = await form_of(request)
    machines = {machine.id for machine in context.plant.machines}
    if form.get("machine") not in machines or form.get("kind") not in KINDS:
        return RedirectResponse("/calls?trouble=call_gone", 303)
    name = named_in(request, form)
    if not name:
        return RedirectResponse("/calls?trouble=name_needed", 303)
    body = CallBody.model_validate({"machine": form["machine"], "kind": form["kind"]})
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await call(conn, body, author_named(request, name))
    return _back(form, name)


@router.post("/calls/{id_}/answer")
async def answer_call(request: Request, context: TheContext, id_: UUID) -> Response:
    """Somebody comes."""
    return await _said(request, context, id_, answer)


@router.post("/calls/{id_}/end")
async def end_call(request: Request, context: TheContext, id_: UUID) -> Response:
    """Help was given."""
    return await _said(request, context, id_, end)


async def _said(
    request: Request, context: Context, id_: UUID, said: Callable[[Connection, UUID, Author], Awaitable[CallAnswer]]
) -> Response:
    form = await form_of(request)
    name = named_in(request, form)
    if not name:
        return RedirectResponse("/calls?trouble=name_needed", 303)
    try:
        async with context.pool.connection(LEND_S) as conn, conn.transaction():
            await said(conn, id_, author_named(request, name))
    except Problem:
        return RedirectResponse("/calls?trouble=call_gone", 303)
    return _back(form, name)


def _back(form: dict[str, str], name: str) -> Response:
    done = RedirectResponse(BACK.get(form.get("here", ""), "/calls"), 303)
    done.set_cookie("shopfloor_name", quote(name), max_age=YEAR_S, samesite="lax")
    return done
