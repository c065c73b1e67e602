"""/login and /logout: a personnel number and a password, or a key, become a session."""

import re
import time
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from contract.sample import to_us
from mes.people.store_login import log_in
from mes.people.store_sessions import LIFE, end_session
from mes.web.access.access import COOKIE, source
from mes.web.bounds import ONE_LINE
from mes.web.context import LEND_S, TheContext, context_of
from mes.web.pages import YEAR_S, TheLanguage, form_of, formats_of, page_of
from mes.web.problems import Problem
from mes.web.words import Language, words

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
PART = r"[A-Za-z0-9_.~%?=&:+-]+"
OWN_PATH = re.compile(rf"/(?:{PART}(?:/{PART})*/?)?")
LONGEST = 200


@router.get("/login")
async def login_form(
    request: Request,
    context: TheContext,
    language: TheLanguage,
    next_: Annotated[str, Query(alias="next", max_length=LONGEST, pattern=ONE_LINE)] = "/",
) -> HTMLResponse:
    """Where somebody logs in. Whoever is sent here with a key has pressed what that key may not do."""
    holder = context.access.holder(request)
    lacking = holder is not None and holder.person is None
    trouble = words(language)["key_lacks_scope"].format(holder.name) if holder is not None and lacking else ""
    return _form(request, language, next_, trouble)


@router.post("/login")
async def login(request: Request, context: TheContext, language: TheLanguage) -> Response:
    """A session for whoever knows a password or a key; how many wrong ones a source may try is bounded for both."""
    form, w = await form_of(request), words(language)
    next_ = form.get("next", "/")
    try:
        context.access.need_patience(request)
    except Problem as err:
        page_ = _form(request, language, next_, w["too_many_wrong"], 429, form.get("number", ""))
        page_.headers["Retry-After"] = str(err.retry_after_s)
        return page_
    if "key" in form:
        return await _with_key(request, context, language, form)
    number, password = form.get("number", "").strip()[:64], form.get("password", "")[:LONGEST]
    tried = await log_in(context.pool, number, password, source(request))
    if tried.session is None:
        context.access.wrong_key(request)
        until = tried.locked_until
        formats = formats_of(context, language)
        told = w["wrong_password"] if until is None else w["locked_until"].format(formats.clock(to_us(until)))
        return _form(request, language, next_, told, 401 if until is None else 403, number)
    before = context.access.signed_on(request)
    if before is not None and before.session is not None:
        async with context.pool.connection(LEND_S) as conn:
            await end_session(conn, before)
    answer = with_session(request, tried.session, next_)
    if tried.language is not None:
        answer.set_cookie("shopfloor_lang", tried.language, max_age=YEAR_S, samesite="lax")
    return answer


@router.post("/logout")
async def logout(request: Request, context: TheContext) -> Response:
    """The session ends, here and in the database; back to the first page."""
    who = context.access.signed_on(request)
    if who is not None:
        async with context.pool.connection(LEND_S) as conn:
            await end_session(conn, who)
        context.access.forget(request)
    answer = RedirectResponse("/", 303)
    signed_out(request, answer)
    return answer


def signed_out(request: Request, answer: Response) -> None:
    """The browser forgets its session."""
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict", secure=over_https(request))


def with_session(request: Request, session: str, next_: str) -> RedirectResponse:
    """On to a page, logged in."""
    answer = RedirectResponse(own_path(next_), 303)
    keep_session(request, answer, session)
    return answer


def over_https(request: Request) -> bool:
    """Whether the browser speaks https, with us or with a proxy before us: then its cookies go nowhere else."""
    return request.url.scheme == "https" or context_of(request).settings.public_url.startswith("https://")


def keep_session(request: Request, answer: Response, session: str) -> None:
    """The browser keeps the session, and sends it from our own pages only."""
    https, seconds = over_https(request), round(LIFE.total_seconds())
    answer.set_cookie(COOKIE, session, max_age=seconds, httponly=True, samesite="strict", secure=https)


async def _with_key(request: Request, context: TheContext, language: Language, form: dict[str, str]) -> Response:
    next_ = form.get("next", "/")
    holder = await context.access.holder_with(form["key"].strip())
    if holder is None:
        context.access.wrong_key(request)
        return _form(request, language, next_, words(language)["wrong_key"], 401)
    return with_session(request, context.access.session(holder.credential, time.time()), next_)


def _form(
    request: Request, language: Language, next_: str, trouble: str = "", status: int = 200, number: str = ""
) -> HTMLResponse:
    told = {"trouble": trouble, "next": own_path(next_), "number": number}
    return page_of(request, "login.html", language, status, openid=context_of(request).openid is not None, **told)


def own_path(path: str) -> str:
    """The path when it may be one of ours: nobody is sent elsewhere, to //elsewhere neither, after logging in."""
    return path if OWN_PATH.fullmatch(path) else "/"
