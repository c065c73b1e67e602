"""Where a key becomes a session."""

import re
import time
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from mes.web.access.access import COOKIE, SESSION_S
from mes.web.bounds import ONE_LINE
from mes.web.context import TheContext
from mes.web.pages import TheLanguage, form_of, page_of
from mes.web.problems import Problem
from mes.web.words import words

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
OWN_PATH = re.compile(r"/|/(?:alarms|orders|quality|nodes|stops)|/(?:stops|wall)/[a-z0-9][a-z0-9_-]*")


@router.get("/login")
async def login_form(
    request: Request,
    context: TheContext,
    language: TheLanguage,
    next_: Annotated[str, Query(alias="next", max_length=200, pattern=ONE_LINE)] = "/alarms",
) -> HTMLResponse:
    """Where a key becomes a session. Whoever is sent here with one has pressed what its key may not do."""
    who = context.access.who_asks(request)
    trouble = "" if who is None else words(language)["key_lacks_scope"].format(who)
    return page_of(request, "login.html", language, trouble=trouble, next=_own(next_))


@router.post("/login")
async def login(request: Request, context: TheContext, language: TheLanguage) -> Response:
    """A session for whoever knows a key."""
    form = await form_of(request)
    next_ = _own(form.get("next", "/alarms"))
    try:
        context.access.need_patience(request)
    except Problem as err:
        page_ = page_of(request, "login.html", language, 429, trouble=words(language)["too_many_keys"], next=next_)
        page_.headers["Retry-After"] = str(err.retry_after_s)
        return page_
    holder = await context.access.holder_with(form.get("key", "").strip())
    if holder is None:
        context.access.wrong_key(request)
        return page_of(request, "login.html", language, 401, trouble=words(language)["wrong_key"], next=next_)
    answer = RedirectResponse(next_, 303)
    answer.set_cookie(
        COOKIE,
        context.access.session(holder.credential, time.time()),
        max_age=SESSION_S,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return answer


def _own(path: str) -> str:
    """The path when it is one of our pages: nobody is sent elsewhere, to //elsewhere neither, after logging in."""
    return path if OWN_PATH.fullmatch(path) else "/alarms"
