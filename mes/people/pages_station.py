"""/station: a tablet that several people share. Registered once; then people sign on by badge or PIN, gloves on."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from contract.sample import to_us
from mes.people.models_sign_on import Method, SignOnBody
from mes.people.pages_login import LONGEST, over_https, own_path, signed_out
from mes.people.roles import Action, allowed, roles_of
from mes.people.store_sessions import end_session
from mes.people.store_sign_on import prove, sign_off, sign_on, sign_ons
from mes.people.store_stations import end_station, register, stations
from mes.web.access.access import CHOSEN_COOKIE, STATION_COOKIE, source
from mes.web.access.author import Author, author_named
from mes.web.access.holder import BROWSER, Holder
from mes.web.bounds import ONE_LINE
from mes.web.context import LEND_S, Context, TheContext
from mes.web.pages import YEAR_S, TheLanguage, form_of, formats_of, page_of
from mes.web.problems import Problem
from mes.web.words import Language, words

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
LONGEST_NAME = 60
MOST_MACHINES = 300
LOGIN: Method = "login"
# What is told by the status of a refusal.
SAID = {401: "not_known", 403: "not_now", 429: "too_many_wrong"}


@router.get("/station")
async def show(
    request: Request,
    context: TheContext,
    language: TheLanguage,
    next_: Annotated[str, Query(alias="next", max_length=LONGEST, pattern=ONE_LINE)] = "/station",
) -> HTMLResponse:
    """Who is signed on here, and how to; or how this browser becomes a station."""
    return await _page(request, context, language, next_)


@router.post("/station/sign-on")
async def begin(request: Request, context: TheContext, language: TheLanguage) -> Response:
    """The person of the badge, or of number and PIN, signs on; who is logged in already, by that."""
    form, here = await form_of(request), await _here(request, context)
    if here is None or here.station is None:
        return RedirectResponse("/station", 303)
    who = context.access.signed_on(request)
    logged_in = who if who is not None and who.session is not None and "login" in form else None
    try:
        context.access.need_patience(request)
        proven = (logged_in.id, logged_in.number, LOGIN) if logged_in else await _proven(request, context, form)
        async with context.pool.connection(LEND_S) as conn, conn.transaction():
            made = await sign_on(conn, here.station, *proven)
            if logged_in is not None:
                await end_session(conn, logged_in)
    except Problem as err:
        if err.roles:
            raise
        told = words(language)[SAID.get(err.status, "sign_on_how")]
        return await _page(request, context, language, form.get("next", ""), told, err.status)
    context.access.forget(request)
    answer = RedirectResponse(own_path(form.get("next", "/station")), 303)
    if logged_in is not None:
        signed_out(request, answer)
    _choose(request, answer, str(made.id))
    return answer


async def _proven(request: Request, context: Context, form: dict[str, str]) -> tuple[UUID, str, Method]:
    given = {name: form[name].strip() for name in ("badge", "number", "pin") if form.get(name, "").strip()}
    try:
        return await prove(context.pool, SignOnBody.model_validate(given), source(request))
    except ValidationError as err:
        raise Problem(422, "Neither a badge, nor number and PIN are given.") from err
    except Problem as err:
        if err.status == 401:
            context.access.wrong_key(request)
        raise


@router.post("/station/chosen")
async def choose(request: Request) -> Response:
    """Who of those who are signed on makes the next entries."""
    form = await form_of(request)
    answer = RedirectResponse(own_path(form.get("next", "/station")), 303)
    _choose(request, answer, form.get("sign_on", "")[:40])
    return answer


@router.post("/station/sign-off")
async def end(request: Request, context: TheContext) -> Response:
    """Somebody who is signed on here works here no longer."""
    form, here = await form_of(request), await _here(request, context)
    if here is not None and here.station is not None:
        author = Author(here.person.number if here.person else None, here.name)
        try:
            async with context.pool.connection(LEND_S) as conn, conn.transaction():
                await sign_off(conn, UUID(form.get("sign_on", "")), here.station.id, author)
        except ValueError:
            pass
        context.access.forget(request)
    return RedirectResponse("/station", 303)


@router.post("/station/register")
async def make(request: Request, context: TheContext, language: TheLanguage) -> Response:
    """This browser is a station from now on; whoever has registered it is logged out of it."""
    form, who = await form_of(request, MOST_MACHINES), context.access.signed_on(request)
    known = [machine.id for machine in context.plant.machines]
    machines, name = [one for one in known if f"machine-{one}" in form], form.get("name", "").strip()[:LONGEST_NAME]
    if who is None or not name or not name.isprintable() or not machines:
        return await _page(request, context, language, "", words(language)["station_how"], 422)
    try:
        async with context.pool.connection(LEND_S) as conn, conn.transaction():
            cookie = await register(conn, name, machines, author_named(request, who.number))
            if who.session is not None:
                await end_session(conn, who)
    except Problem:
        return await _page(request, context, language, "", words(language)["station_taken"], 409)
    context.access.forget(request)
    answer = RedirectResponse("/station", 303)
    signed_out(request, answer)
    _keep(request, answer, STATION_COOKIE, cookie)
    return answer


@router.post("/station/end")
async def unmake(request: Request, context: TheContext) -> Response:
    """A station, this one or another, is none any more; nobody is signed on at it."""
    form, who = await form_of(request), context.access.signed_on(request)
    author = Author(who.number, BROWSER) if who else Author(None, BROWSER)
    try:
        async with context.pool.connection(LEND_S) as conn, conn.transaction():
            id_ = UUID(form.get("station", ""))
            for _, one in await sign_ons(conn, 0, 1000, station=id_, open_=True):
                await sign_off(conn, one.id, id_, author)
            await end_station(conn, id_, author)
    except ValueError:
        pass
    context.access.forget(request)
    return RedirectResponse("/station", 303)


async def _page(
    request: Request, context: Context, language: Language, next_: str, trouble: str = "", status: int = 200
) -> HTMLResponse:
    here, who = await _here(request, context), context.access.signed_on(request)
    registers = who is not None and allowed(roles_of(who.granted), Action.REGISTER)
    async with context.pool.connection(LEND_S) as conn:
        known = await stations(conn) if registers else []
        times = await sign_ons(conn, 0, 1000, station=here.station.id, open_=True) if here and here.station else []
    formats = formats_of(context, language)
    since = {one.id: formats.clock(to_us(one.from_)) for _, one in times}
    return page_of(
        request,
        "station.html",
        language,
        status,
        station=here.station if here else None,
        people=here.others if here else (),
        since=since,
        registers=registers,
        known=known,
        plant=context.plant,
        machine={one.id: one.name.en if language == "en" else one.name.zh for one in context.plant.machines},
        next=own_path(next_),
        trouble=trouble,
        moment=lambda at: formats.moment(to_us(at)),
    )


async def _here(request: Request, context: Context) -> Holder | None:
    """The station that this browser is, whoever is logged in."""
    cookie, stored = request.cookies.get(STATION_COOKIE), context.access.stored
    return (
        None if not cookie or stored is None else await stored.station_with(cookie, request.cookies.get(CHOSEN_COOKIE))
    )


def _choose(request: Request, answer: Response, sign_on_: str) -> None:
    _keep(request, answer, CHOSEN_COOKIE, sign_on_)


def _keep(request: Request, answer: Response, name: str, text: str) -> None:
    https = over_https(request)
    answer.set_cookie(name, text, max_age=YEAR_S, httponly=True, samesite="strict", secure=https)
