"""/people: who works here, with what roles, and how they prove who they are. For administrators."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import quote
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from config.plant import Plant
from contract.sample import to_us
from mes.people.accounts.store import (
    account_of,
    accounts,
    end_person,
    need_another_administrator,
    sessions_of,
)
from mes.people.accounts.store_links import make_link
from mes.people.badges import badge_of, pin_trouble
from mes.people.models_people import PersonBody, RoleGrantBody
from mes.people.roles import Role
from mes.people.store_badges import end_badge, give_badge, set_pin
from mes.people.store_login import unlock
from mes.people.store_people import end_grant, erase_person, grant_role, people, person_of, put_person
from mes.people.store_sessions import end_sessions
from mes.web.access.author import OPEN_CLIENT, Author
from mes.web.bounds import ONE_LINE, Letters, day_of
from mes.web.context import LEND_S, Context, TheContext
from mes.web.pages import TheLanguage, form_of, formats_of, page_of
from mes.web.problems import Problem
from mes.web.words import Language, words
from runtime.lending import Connection

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
SHOWN = 50
Form = dict[str, str]
Act = Literal["change", "grant", "end-grant", "link", "unlock", "pin", "badge", "end-sessions", "end", "erase"]
# The word that says what was wrong; None where it is done.
Done = Callable[[Connection, Plant, UUID, Form, Author], Awaitable[str | None]]


@router.get("/people")
async def listed(
    request: Request,
    context: TheContext,
    language: TheLanguage,
    find: Annotated[str, Query(max_length=80, pattern=ONE_LINE)] = "",
    number: Annotated[int, Query(alias="page", ge=1, le=10_000)] = 1,
    trouble: Annotated[Letters, Query()] = "",
) -> HTMLResponse:
    """Persons, those who are active first, and a form to add one."""
    async with context.pool.connection(LEND_S) as conn:
        found = await accounts(conn, SHOWN + 1, (number - 1) * SHOWN, find.strip())
    formats, w = formats_of(context, language), words(language)
    return page_of(
        request,
        "people.html",
        language,
        people=found[:SHOWN],
        find=find,
        page=number,
        more=len(found) > SHOWN,
        trouble=w.get(trouble, "") if trouble else "",
        moment=lambda at: formats.moment(to_us(at)),
    )


@router.post("/people")
async def add(request: Request, context: TheContext) -> Response:
    """A new person, active from today on; on to the page on which roles and a password are given."""
    form, author = await form_of(request), _author(request, context)
    try:
        body = _body(form, datetime.now(UTC))
        async with context.pool.connection(LEND_S) as conn, conn.transaction():
            if await people(conn, 0, 1, number=body.number):
                return RedirectResponse("/people?trouble=number_taken", 303)
            made = await put_person(conn, body, None, author)
    except (ValidationError, Problem):
        return RedirectResponse("/people?trouble=person_how", 303)
    return RedirectResponse(f"/people/{made.id}", 303)


@router.get("/people/{id}")
async def one(
    request: Request, context: TheContext, language: TheLanguage, id: UUID, trouble: Annotated[Letters, Query()] = ""
) -> HTMLResponse:
    """A person with all roles ever granted, and what can be done."""
    return await _page(request, context, language, id, trouble=trouble)


@router.post("/people/{id}/{act}")
async def act(request: Request, context: TheContext, language: TheLanguage, id: UUID, act: Act) -> Response:
    """Do what the button says; back to the person. A link to set a password is shown once."""
    form, author = await form_of(request), _author(request, context)
    link = ""
    try:
        async with context.pool.connection(LEND_S) as conn, conn.transaction():
            if act == "link":
                await account_of(conn, id)
                link = await make_link(conn, "password", id, author)
            word = None if act == "link" else await ACTS[act](conn, context.plant, id, form, author)
    except Problem as err:
        word = {404: "person_gone", 409: "person_not"}.get(err.status, "person_how")
        if err.detail == LAST:
            word = "last_administrator"
    except (ValidationError, ValueError):
        word = "person_how"
    context.access.forget(request)
    if link:
        return await _page(request, context, language, id, link=_address(request, context, link))
    return RedirectResponse(f"/people/{id}{'?trouble=' + quote(word) if word else ''}", 303)


async def _change(conn: Connection, _: Plant, id_: UUID, form: Form, author: Author) -> str | None:
    before = await person_of(conn, id_)
    body = _body(form | {"number": before.number}, before.active_from, before.active_to)
    await put_person(conn, body, None, author)
    return None


async def _grant(conn: Connection, plant: Plant, id_: UUID, form: Form, author: Author) -> str | None:
    places = {plant.site.id, *(line.id for line in plant.lines)}
    if form.get("place") not in places:
        return "person_how"
    zone = ZoneInfo(plant.site.zone)
    begins, ends = _day(form.get("from"), zone), _day(form.get("to"), zone)
    if ends is not None:
        ends += timedelta(days=1)  # the last day is one on which it holds
        if ends <= (begins or datetime.now(UTC)):
            return "span_how"
    body = RoleGrantBody(role=Role(form.get("role", "")), place=form["place"], from_=begins, to=ends)
    await grant_role(conn, id_, body, author)
    return None


async def _end_grant(conn: Connection, plant: Plant, id_: UUID, form: Form, author: Author) -> str | None:
    wanted = UUID(form.get("grant", ""))
    grant = next((one for one in (await person_of(conn, id_)).role_grants if one.id == wanted), None)
    if grant is None:
        return "person_gone"
    if (grant.role, grant.place) == (Role.ADMINISTRATOR, plant.site.id):
        await need_another_administrator(conn, id_, plant.site.id)
    await end_grant(conn, wanted, author)
    return None


async def _unlock(conn: Connection, _: Plant, id_: UUID, __: Form, author: Author) -> str | None:
    await unlock(conn, id_, author)
    return None


async def _pin(conn: Connection, _: Plant, id_: UUID, form: Form, author: Author) -> str | None:
    await account_of(conn, id_)
    pin = form.get("pin", "").strip()
    word = pin_trouble(pin) if pin else None
    if word is None:
        await set_pin(conn, id_, pin or None, author)
    return word


async def _badge(conn: Connection, _: Plant, id_: UUID, form: Form, author: Author) -> str | None:
    await account_of(conn, id_)
    if not form.get("badge", "").strip():
        await end_badge(conn, id_, author)
        return None
    badge = badge_of(form["badge"])
    if badge is None:
        return "badge_form"
    return None if await give_badge(conn, id_, badge, author) else "badge_taken"


async def _end_sessions(conn: Connection, _: Plant, id_: UUID, __: Form, ___: Author) -> str | None:
    await end_sessions(conn, id_, None)
    return None


async def _end(conn: Connection, plant: Plant, id_: UUID, _: Form, author: Author) -> str | None:
    await _need_left(conn, plant, id_)
    await end_person(conn, id_, author)
    return None


async def _erase(conn: Connection, plant: Plant, id_: UUID, form: Form, author: Author) -> str | None:
    if form.get("number") != (await person_of(conn, id_)).number:
        return "erase_how"
    await _need_left(conn, plant, id_)
    await end_sessions(conn, id_, None)
    await end_badge(conn, id_, author)
    await erase_person(conn, id_, author)
    return None


ACTS: dict[Act, Done] = {
    "change": _change,
    "grant": _grant,
    "end-grant": _end_grant,
    "unlock": _unlock,
    "pin": _pin,
    "badge": _badge,
    "end-sessions": _end_sessions,
    "end": _end,
    "erase": _erase,
}
LAST = "This is the last administrator."


async def _need_left(conn: Connection, plant: Plant, id_: UUID) -> None:
    if Role.ADMINISTRATOR in (await account_of(conn, id_)).roles:
        await need_another_administrator(conn, id_, plant.site.id)


async def _page(
    request: Request, context: Context, language: Language, id_: UUID, trouble: str = "", link: str = ""
) -> HTMLResponse:
    async with context.pool.connection(LEND_S) as conn:
        account, person = await account_of(conn, id_), await person_of(conn, id_)
        sessions = await sessions_of(conn, id_)
    formats, w = formats_of(context, language), words(language)
    zone, now = ZoneInfo(context.plant.site.zone), datetime.now(UTC)
    values: dict[str, Any] = {
        "account": account,
        "grants": sorted(person.role_grants, key=lambda one: (one.to is not None and one.to <= now, one.role)),
        "sessions": sessions,
        "roles": list(Role),
        "sites": {context.plant.site.id: context.plant.site.name} | {one.id: one.name for one in context.plant.lines},
        "trouble": w.get(trouble, "") if trouble else "",
        "secret_link": link,
        "now": now,
        "day": lambda at: f"{at.astimezone(zone):%Y-%m-%d}",
        "last_day": lambda at: f"{(at - timedelta(microseconds=1)).astimezone(zone):%Y-%m-%d}",
        "moment": lambda at: formats.moment(to_us(at)),
    }
    return page_of(request, "person.html", language, **values)


def _body(form: Form, since: datetime, until: datetime | None = None) -> PersonBody:
    wish = {"number": form.get("number", "").strip(), "name": form.get("name", "").strip()}
    return PersonBody.model_validate(
        wish | {"language": form.get("language") or None, "active_from": since, "active_to": until}
    )


def _day(text: str | None, zone: ZoneInfo) -> datetime | None:
    return datetime.combine(day_of(text), time(), zone).astimezone(UTC) if text else None


def _author(request: Request, context: Context) -> Author:
    who = context.access.signed_on(request)
    return Author(who.number if who else None, context.access.who_asks(request) or OPEN_CLIENT)


def _address(request: Request, context: Context, path: str) -> str:
    return (context.settings.public_url.rstrip("/") or f"{request.url.scheme}://{request.url.netloc}") + path
