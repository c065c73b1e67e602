"""/openid: a person logs in with the account of the company, at its provider, and comes back."""

import secrets
from typing import Annotated

import structlog
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from mes.people.accounts.store_openid import LIFE, let_in, recall, remember
from mes.people.pages_login import LONGEST, keep_session, over_https, own_path
from mes.web.access.access import source
from mes.web.access.openid import OpenIdTrouble, Provider
from mes.web.bounds import ONE_LINE
from mes.web.context import LEND_S, Context, TheContext
from mes.web.pages import TheLanguage, page_of
from mes.web.problems import Problem
from mes.web.words import Language, words

log = structlog.get_logger()
router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
# The provider may say more than we know the names of.
callback = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
COOKIE, PATH = "shopfloor_openid", "/openid/callback"
Text = Annotated[str, Query(max_length=4000, pattern=ONE_LINE)]


@router.get("/openid")
async def begin(
    request: Request,
    context: TheContext,
    language: TheLanguage,
    next_: Annotated[str, Query(alias="next", max_length=LONGEST, pattern=ONE_LINE)] = "/",
) -> Response:
    """On to the provider."""
    provider = _provider(context)
    context.access.need_patience(request)
    try:
        begun = await provider.begin(_address(request, context))
    except OpenIdTrouble as err:
        return _refused(request, language, "openid_away", str(err), 503)
    browser = secrets.token_urlsafe(32)
    async with context.pool.connection(LEND_S) as conn:
        await remember(conn, begun, browser, own_path(next_))
    answer = RedirectResponse(begun.url, 303)
    # Not strict: the browser comes back from another site.
    https, seconds = over_https(request), round(LIFE.total_seconds())
    answer.set_cookie(COOKIE, browser, max_age=seconds, path=PATH, httponly=True, samesite="lax", secure=https)
    return answer


@callback.get(PATH)
async def back(
    request: Request, context: TheContext, language: TheLanguage, state: Text = "", code: Text = "", error: Text = ""
) -> Response:
    """A session for the person whom the provider names, where there is one with this number."""
    provider = _provider(context)
    async with context.pool.connection(LEND_S) as conn:
        attempt = await recall(conn, state, request.cookies.get(COOKIE, ""))
    if attempt is None:
        context.access.need_patience(request)
        context.access.wrong_key(request)
        return _refused(request, language, "openid_old", "the state is not this browser's", 400)
    if error or not code:
        return _refused(request, language, "openid_refused", error or "no code", 401)
    try:
        number = await provider.person(code, attempt.verifier, attempt.nonce, _address(request, context))
    except OpenIdTrouble as err:
        return _refused(request, language, "openid_refused", str(err), 401)
    async with context.pool.connection(LEND_S) as conn:
        session = await let_in(conn, number, source(request))
    if session is None:
        return _refused(request, language, "openid_nobody", "nobody who is active has the number", 403)
    # A page of ours goes on: a strict cookie is not sent while the way began at another site.
    answer = page_of(request, "openid_done.html", language, next=attempt.next)
    keep_session(request, answer, session)
    answer.delete_cookie(COOKIE, path=PATH)
    return answer


def _provider(context: Context) -> Provider:
    if context.openid is None:
        raise Problem(404, "There are no company accounts here.", "Set SHOPFLOOR_OPENID_ISSUER where they are wanted.")
    return context.openid


def _address(request: Request, context: Context) -> str:
    own = context.settings.public_url.rstrip("/") or f"{request.url.scheme}://{request.url.netloc}"
    return own + PATH


def _refused(request: Request, language: Language, word: str, reason: str, status: int) -> Response:
    log.warning("openid_refused", reason=reason)
    told = {"trouble": words(language)[word], "next": "/", "number": "", "openid": True}
    return page_of(request, "login.html", language, status, **told)
