"""Pages for people: the list of lines, walls, alarms, orders, log-in."""

import json
import re
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import parse_qs, quote, unquote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Cookie, Depends, Header, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from config.device import Name
from config.plant import Line
from contract.sample import to_us
from mes.bounds import ONE_LINE, Letters, PlantId, RowId
from mes.dashboard.broadcast import Channel
from mes.dashboard.render import Formats, grid, page, parts, version
from mes.dashboard.view import LineView
from mes.dashboard.words import Language, choose, words
from mes.erp.access import COOKIE, SESSION_S
from mes.erp.alarms import acknowledge, alarms, undelivered_of_channels
from mes.erp.house import LEND_S, House, TheHouse
from mes.erp.models import AcknowledgeBody
from mes.erp.orders import count_of_orders, orders
from mes.erp.problems import Problem

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
MAX_FORM = 10_000
ORDERS_A_PAGE = 200
MOST_ALARMS = 500
OWN_PATH = re.compile(r"/|/(?:alarms|orders|nodes|stops)|/(?:stops|wall)/[a-z0-9][a-z0-9_-]*")
YEAR_S = 365 * 24 * 3600


def language_of(
    request: Request,
    lang: Annotated[Letters | None, Query()] = None,
    shopfloor_lang: Annotated[str | None, Cookie()] = None,
    accept_language: Annotated[str | None, Header()] = None,
) -> Language:
    """The language of this request; a choice by ?lang= is remembered, see `remember_language`."""
    chosen = choose(lang, shopfloor_lang, accept_language)
    request.state.remember = chosen if lang == chosen else None
    return chosen


TheLanguage = Annotated[Language, Depends(language_of)]


def page_of(request: Request, template: str, language: Language, status: int = 200, **values: object) -> HTMLResponse:
    """A page that is never kept by a browser; its numbers would be old when it is shown again."""
    here = request.scope["path"]
    answer = HTMLResponse(page(template, language, here=here, **values), status, headers={"Cache-Control": "no-store"})
    if getattr(request.state, "remember", None):
        answer.set_cookie("shopfloor_lang", language, max_age=YEAR_S, samesite="lax")
    return answer


def away_page(request: Request) -> HTMLResponse:
    """What a page shows without the database: that nothing is known. It goes on by itself."""
    asked, cookie = request.query_params.get("lang"), request.cookies.get("shopfloor_lang")
    language = choose(asked, cookie, request.headers.get("accept-language"))
    answer = page_of(request, "away.html", language, 503)
    answer.headers["Retry-After"] = "2"
    return answer


@router.get("/")
async def index(request: Request, house: TheHouse, language: TheLanguage) -> HTMLResponse:
    """All lines and pages."""
    return page_of(request, "index.html", language, plant=house.plant)


@router.get("/wall/{line_id}")
async def wall(request: Request, line_id: PlantId, house: TheHouse, language: TheLanguage) -> HTMLResponse:
    """The wall of a line; its numbers come by events."""
    line = _line(house, line_id)
    if line is None:
        text = words(language)["not_found"].format(line_id)
        return page_of(request, "index.html", language, 404, plant=house.plant, trouble=text)
    return page_of(request, "wall.html", language, line=line, grid=grid(len(line.machines)))


@router.get("/wall/{line_id}/events")
async def events(request: Request, line_id: PlantId, house: TheHouse, language: TheLanguage) -> Response:
    """One event for each look at the line, with finished tiles."""
    channels: dict[str, Channel[LineView]] = request.app.state.channels
    if line_id not in channels:
        raise Problem(404, f"There is no line '{line_id}'.")
    stream = _events(house, channels[line_id], language, request.app.state.rendered)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


async def _events(
    house: House,
    channel: Channel[LineView],
    language: Language,
    rendered: dict[tuple[str, Language], tuple[int, str]],
) -> AsyncIterator[str]:
    """Each look is rendered once a language, whoever follows first, and sent with the age of what it knows."""
    yield "retry: 1000\n\n"
    async for seen in channel.follow():
        key = (channel.name, language)
        if key not in rendered or rendered[key][0] != seen.look.now_us:
            fresh = {"version": version(), "parts": parts(house.plant, seen.look, language)}
            rendered[key] = (seen.look.now_us, json.dumps(fresh, ensure_ascii=False))
        yield f'data: {{"age_s": {seen.age_s():.3f}, "look": {rendered[key][1]}}}\n\n'


@router.get("/alarms")
async def alarm_list(
    request: Request,
    house: TheHouse,
    language: TheLanguage,
    shopfloor_name: Annotated[str, Cookie()] = "",
    trouble: Annotated[Letters, Query()] = "",
) -> HTMLResponse:
    """Open alarms, the most urgent first, each with a button to acknowledge it."""
    async with house.pool.connection(LEND_S) as conn:
        found = await alarms(conn, open_=True, limit=MOST_ALARMS + 1)
        channels = await undelivered_of_channels(conn, [channel.id for channel in house.plant.channels])
    more, found = len(found) > MOST_ALARMS, found[:MOST_ALARMS]
    rank = {"high": 0, "medium": 1, "low": 2}
    found.sort(key=lambda alarm: (rank[alarm.priority], alarm.raised_at))
    return page_of(
        request,
        "alarms.html",
        language,
        alarms=found,
        channels=channels,
        more=MOST_ALARMS if more else 0,
        name=unquote(shopfloor_name),
        trouble=words(language).get(trouble, ""),
        aged=formats_of(house, language).aged,
        to_us=to_us,
    )


@router.post("/alarms/{alarm_id}/acknowledge")
async def acknowledge_alarm(request: Request, alarm_id: RowId, house: TheHouse) -> Response:
    """Ask for the acknowledgement in the name of the person in the form, and go back to the list."""
    who = house.access.who_asks(request)
    if who is None and not house.access.open:
        return RedirectResponse("/login?next=/alarms", 303)
    form = await form_of(request)
    name = form.get("by", "").strip()[:80]
    try:
        said = AcknowledgeBody(by=name, comment=form.get("comment", "")[:500])
    except ValueError:
        return RedirectResponse("/alarms?trouble=name_needed", 303)
    await acknowledge(house, alarm_id, f"{who}: {said.by}" if who else said.by, said.comment)
    answer = RedirectResponse("/alarms", 303)
    answer.set_cookie("shopfloor_name", quote(name), max_age=YEAR_S, samesite="lax")
    return answer


@router.get("/orders")
async def order_list(
    request: Request,
    house: TheHouse,
    language: TheLanguage,
    number: Annotated[int, Query(alias="page", ge=1, le=100_000)] = 1,
) -> HTMLResponse:
    """Orders with their progress, a page of them: the running ones first."""
    first = (number - 1) * ORDERS_A_PAGE
    async with house.pool.connection(LEND_S) as conn:
        found = await orders(conn, limit=ORDERS_A_PAGE, offset=first)
        count = await count_of_orders(conn)
    formats = formats_of(house, language)
    names = {p.id: p.name for p in house.plant.products}
    names |= {line.id: line.name for line in house.plant.lines}
    names |= {machine.id: machine.name for machine in house.plant.machines}
    return page_of(
        request,
        "orders.html",
        language,
        orders=found,
        shown=(first + 1, first + len(found), count),
        newer=number - 1,
        older=number + 1 if first + len(found) < count else 0,
        name_of=lambda id_: names.get(id_, Name(en=id_, zh=id_)),
        moment=lambda at: formats.moment(to_us(at)),
        late=formats.late,
    )


@router.get("/login")
async def login_form(
    request: Request,
    language: TheLanguage,
    next_: Annotated[str, Query(alias="next", max_length=200, pattern=ONE_LINE)] = "/alarms",
) -> HTMLResponse:
    """Where a key becomes a session."""
    return page_of(request, "login.html", language, trouble="", next=_own(next_))


@router.post("/login")
async def login(request: Request, house: TheHouse, language: TheLanguage) -> Response:
    """A session for whoever knows a key."""
    form = await form_of(request)
    next_ = _own(form.get("next", "/alarms"))
    try:
        house.access.need_patience(request)
    except Problem as err:
        page_ = page_of(request, "login.html", language, 429, trouble=words(language)["too_many_keys"], next=next_)
        page_.headers["Retry-After"] = str(err.retry_after_s)
        return page_
    who = house.access.who_has(form.get("key", "").strip())
    if who is None:
        house.access.wrong_key(request)
        return page_of(request, "login.html", language, 401, trouble=words(language)["wrong_key"], next=next_)
    answer = RedirectResponse(next_, 303)
    answer.set_cookie(
        COOKIE,
        house.access.session(who, time.time()),
        max_age=SESSION_S,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return answer


def _own(path: str) -> str:
    """The path when it is one of our pages: nobody is sent elsewhere, to //elsewhere neither, after logging in."""
    return path if OWN_PATH.fullmatch(path) else "/alarms"


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form, the first of each name."""
    body = await request.body()
    if len(body) > MAX_FORM:
        raise Problem(413, "The form is larger than 10 kB.")
    try:
        fields = parse_qs(body.decode("utf-8"), max_num_fields=20)
    except ValueError as err:
        raise Problem(422, "The form is not text in UTF-8.", "Send it from this site's page.") from err
    return {name: texts[0] for name, texts in fields.items()}


def formats_of(house: House, language: Language) -> Formats:
    """Numbers and times as a language writes them, in the site's zone, now."""
    return Formats(language, ZoneInfo(house.plant.site.zone), to_us(datetime.now(UTC)))


def _line(house: House, line_id: PlantId) -> Line | None:
    return next((line for line in house.plant.lines if line.id == line_id), None)
