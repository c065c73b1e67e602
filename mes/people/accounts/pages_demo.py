"""/demo: sign in as one of the invented people. Only in the demo, on this machine, by the link that it prints."""

import hmac
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from mes.people.accounts.demo_people import PEOPLE, PIN
from mes.people.accounts.store_demo import sign_in
from mes.people.pages_login import with_session
from mes.web.access.access import source
from mes.web.bounds import Letters
from mes.web.context import LEND_S, Context, TheContext
from mes.web.pages import TheLanguage, form_of, page_of
from mes.web.problems import Problem
from runtime.settings import is_loopback

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/demo")
async def choose(
    request: Request, context: TheContext, language: TheLanguage, token: Annotated[Letters, Query()] = ""
) -> HTMLResponse:
    """A button for each of them."""
    _need(request, context, token)
    return page_of(request, "demo.html", language, people=PEOPLE, token=token, pin=PIN)


@router.post("/demo")
async def enter(request: Request, context: TheContext) -> Response:
    """A session of the person of the button."""
    form = await form_of(request)
    _need(request, context, form.get("token", ""))
    one = next((one for one in PEOPLE if one.number == form.get("number")), None)
    if one is None:
        raise Problem(404, "There is no such person.", "Press one of the buttons.")
    async with context.pool.connection(LEND_S) as conn:
        session = await sign_in(conn, one, source(request))
    if session is None:
        raise Problem(404, "This person is gone.", "Press another button.")
    return with_session(request, session, "/")


def _need(request: Request, context: Context, token: str) -> None:
    """A Problem 404, as where there is no such page, for whoever does not come by the demo's link."""
    right = context.settings.demo
    here = request.client is None or is_loopback(request.client.host)
    if not right or not here or not hmac.compare_digest(right.encode(), token.encode()):
        raise Problem(404, "There is no such page.")
