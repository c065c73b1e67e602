"""/me, /password and /first: a person's own password and language, and the links that work once."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from contract.sample import to_us
from mes.people.accounts.store import sessions_of, set_language
from mes.people.accounts.store_links import Kind, Link, link_of, use_for_first, use_for_password
from mes.people.models_people import PersonBody
from mes.people.pages_login import signed_out
from mes.people.passwords import trouble_with
from mes.people.store_login import change_password
from mes.people.store_sessions import end_sessions
from mes.web.access.access import source
from mes.web.access.author import author_named
from mes.web.access.holder import SignedOn
from mes.web.bounds import Letters
from mes.web.context import LEND_S, Context, TheContext
from mes.web.pages import YEAR_S, TheLanguage, form_of, formats_of, page_of
from mes.web.words import Language, words

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
LONGEST_NUMBER, LONGEST_NAME = 64, 80
TheLink = Annotated[Letters, Query(alias="link")]


@router.get("/me")
async def me(
    request: Request, context: TheContext, language: TheLanguage, done: Annotated[Letters, Query()] = ""
) -> Response:
    """Who is logged in here, with what roles, and where else."""
    who = context.access.signed_on(request)
    if who is None:
        return RedirectResponse("/login?next=/me", 303)
    return await _me(request, context, language, who, told="password_set" if done == "password" else "")


@router.post("/me/password")
async def own_password(request: Request, context: TheContext, language: TheLanguage) -> Response:
    """Another password, for whoever knows the one before; all other sessions end."""
    who, form = context.access.signed_on(request), await form_of(request)
    if who is None or who.session is None:
        return RedirectResponse("/login?next=/me", 303)
    word = trouble_with(form.get("password", ""), who.number, who.name)
    if word is None and form.get("password") != form.get("again"):
        word = "password_twice"
    if word is None:
        word = await change_password(context.pool, who, form.get("before", ""), form["password"], source(request))
    if word is not None:
        return await _me(request, context, language, who, trouble=word, status=422)
    return RedirectResponse("/me?done=password", 303)


@router.post("/me/language")
async def own_language(request: Request, context: TheContext) -> Response:
    """The language in which this person's pages are, in each browser."""
    who, form = context.access.signed_on(request), await form_of(request)
    language = form.get("language")
    answer = RedirectResponse("/me", 303)
    if who is not None and language in ("en", "zh"):
        async with context.pool.connection(LEND_S) as conn:
            await set_language(conn, who.id, language, author_named(request, who.number))
        answer.set_cookie("shopfloor_lang", language, max_age=YEAR_S, samesite="lax")
    return answer


@router.post("/me/end-others")
async def end_others(request: Request, context: TheContext) -> Response:
    """This person stays logged in here and nowhere else."""
    who = context.access.signed_on(request)
    if who is not None and who.session is not None:
        async with context.pool.connection(LEND_S) as conn:
            await end_sessions(conn, who.id, who.session)
    return RedirectResponse("/me", 303)


@router.get("/password")
async def password_form(
    request: Request, context: TheContext, language: TheLanguage, link: TheLink = ""
) -> HTMLResponse:
    """Where the person of the link sets a password."""
    return await _form(request, context, language, "password", link)


@router.post("/password")
async def set_by_link(request: Request, context: TheContext, language: TheLanguage) -> Response:
    """The password of the link's person; on to the log-in."""
    form = await form_of(request)
    link, password = form.get("link", "")[:100], form.get("password", "")
    async with context.pool.connection(LEND_S) as conn:
        known = await link_of(conn, "password", link)
    word = _word(form, known.number, known.name) if known else "link_gone"
    if word is None:
        async with context.pool.connection(LEND_S) as conn, conn.transaction():
            word = None if await use_for_password(conn, link, password) else "link_gone"
    if word is not None:
        return await _form(request, context, language, "password", link, word, form)
    return _to_log_in(request)


@router.get("/first")
async def first_form(request: Request, context: TheContext, language: TheLanguage, link: TheLink = "") -> HTMLResponse:
    """Where the first administrator is set up."""
    return await _form(request, context, language, "first", link)


@router.post("/first")
async def set_up(request: Request, context: TheContext, language: TheLanguage) -> Response:
    """The first administrator; on to the log-in."""
    form = await form_of(request)
    link, number, name = form.get("link", "")[:100], form.get("number", "").strip(), form.get("name", "").strip()
    word = _word(form, number, name) or _no_person(number, name)
    if word is None:
        async with context.pool.connection(LEND_S) as conn, conn.transaction():
            made = await use_for_first(conn, link, number, name, form["password"], context.plant.site.id)
        word = None if made else "link_gone"
    if word is not None:
        return await _form(request, context, language, "first", link, word, form)
    return _to_log_in(request)


def _word(form: dict[str, str], number: str, name: str) -> str | None:
    word = trouble_with(form.get("password", ""), number, name)
    return "password_twice" if word is None and form.get("password") != form.get("again") else word


def _no_person(number: str, name: str) -> str | None:
    try:
        PersonBody.model_validate({"number": number, "name": name, "active_from": "2026-01-01T00:00:00Z"})
    except ValidationError:
        return "person_how"
    return None


def _to_log_in(request: Request) -> Response:
    answer = RedirectResponse("/login", 303)
    signed_out(request, answer)
    return answer


async def _form(
    request: Request,
    context: Context,
    language: Language,
    kind: Kind,
    text: str,
    word: str = "",
    typed: dict[str, str] | None = None,
) -> HTMLResponse:
    async with context.pool.connection(LEND_S) as conn:
        link: Link | None = await link_of(conn, kind, text)
    return page_of(
        request,
        "account_link.html",
        language,
        404 if link is None else 422 if word else 200,
        kind=kind,
        known=link,
        text=text,
        typed=typed or {},
        trouble=words(language)[word] if word and link is not None else "",
    )


async def _me(
    request: Request,
    context: Context,
    language: Language,
    who: SignedOn,
    trouble: str = "",
    told: str = "",
    status: int = 200,
) -> HTMLResponse:
    async with context.pool.connection(LEND_S) as conn:
        sessions = await sessions_of(conn, who.id)
    formats, w = formats_of(context, language), words(language)
    names = {line.id: line.name for line in context.plant.lines} | {context.plant.site.id: context.plant.site.name}
    return page_of(
        request,
        "me.html",
        language,
        status,
        who=who,
        sessions=sessions,
        sites=names,
        trouble=w[trouble] if trouble else "",
        told=w[told] if told else "",
        moment=lambda at: formats.moment(to_us(at)),
    )
