"""/maintenance: what maintenance is to do, and what it has done."""

from typing import Annotated
from urllib.parse import quote, unquote
from uuid import UUID

from fastapi import APIRouter, Cookie, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from contract.sample import to_us
from mes.maintenance.store_requests import close_by_person, request_of, requests
from mes.maintenance.store_run_hours import reset, run_hours
from mes.web.access.author import author_named, named_in
from mes.web.bounds import Letters
from mes.web.context import LEND_S, TheContext
from mes.web.pages import YEAR_S, TheLanguage, form_of, formats_of, page_of
from mes.web.problems import Problem
from mes.web.words import words

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
MOST_CLOSED = 50
RANK = {"high": 0, "medium": 1, "low": 2}


@router.get("/maintenance")
async def requests_page(
    request: Request,
    context: TheContext,
    language: TheLanguage,
    shopfloor_name: Annotated[str, Cookie()] = "",
    trouble: Annotated[Letters, Query()] = "",
) -> HTMLResponse:
    """Open requests, the most urgent first, and the latest that were closed."""
    async with context.pool.connection(LEND_S) as conn:
        found = [one for _, one in await requests(conn, open_=True)]
        closed = [one for _, one in await requests(conn, open_=False, limit=MOST_CLOSED)]
        hours = [await run_hours(conn, service) for service in context.plant.services]
    formats = formats_of(context, language)
    return page_of(
        request,
        "maintenance_requests.html",
        language,
        open=sorted(found, key=lambda one: (RANK[one.priority], one.opened_at)),
        closed=closed,
        hours=hours,
        names={machine.id: machine.name for machine in context.plant.machines},
        aged=formats.aged,
        moment=formats.moment,
        to_us=to_us,
        name=unquote(shopfloor_name),
        trouble=words(language).get(trouble, ""),
    )


@router.post("/maintenance/{id_}/close")
async def close_request(request: Request, context: TheContext, id_: UUID) -> Response:
    """It is done."""
    form = await form_of(request)
    name = named_in(request, form)
    if not name:
        return RedirectResponse("/maintenance?trouble=name_needed", 303)
    try:
        async with context.pool.connection(LEND_S) as conn, conn.transaction():
            comment = form.get("comment", "").strip()[:500]
            author, found = author_named(request, name), await request_of(conn, id_)
            if found.counter in {service.id for service in context.plant.services} and found.counter:
                await reset(conn, context.plant, found.counter, author, comment)
            else:
                await close_by_person(conn, id_, author, comment)
    except Problem:
        return RedirectResponse("/maintenance?trouble=request_gone", 303)
    done = RedirectResponse("/maintenance", 303)
    done.set_cookie("shopfloor_name", quote(name), max_age=YEAR_S, samesite="lax")
    return done
