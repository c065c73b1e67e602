"""/alarms, /alarms/{id}: what is worst, and of one alarm what is behind it, what to do, and how it was before.

On a phone the list and one alarm are two pages; where there is room they stand side by side.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import quote, unquote

from fastapi import APIRouter, Cookie, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from contract.sample import to_us
from mes.alarms.actions import Action, possible, spans_within
from mes.alarms.models import AlarmActionBody, AlarmAnswer, AlarmCommentBody, OutOfServiceBody, ShelveBody
from mes.alarms.store import act, alarms, comment, undelivered_of_channels
from mes.screens.band import LOOKS, boxes, ticks
from mes.screens.maintenance.store import AlarmPicture, picture_of
from mes.web.access.author import named_in
from mes.web.bounds import Letters, RowId
from mes.web.context import LEND_S, Context, TheContext, who_does
from mes.web.pages import YEAR_S, TheLanguage, form_of, formats_of, page_of
from mes.web.problems import Problem
from mes.web.words import Language, duration, words
from runtime.lending import Connection

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
MOST_ALARMS = 500
RANK = {"high": 0, "medium": 1, "low": 2}
# ISA-18.2: where an alarm is on its way.
STEPS = {
    "active_unacked": 0,
    "active_acked": 1,
    "cleared_unacked": 2,
    "cleared_unconfirmed": 2,
    "latched": 2,
    "normal": 3,
}
# The forms that need no more than a name, and those that need a reason; a shelving also says for how long.
PLAIN: dict[str, Action] = {
    "acknowledge": "acknowledge",
    "confirm": "confirm",
    "reset": "reset",
    "unshelve": "unshelve",
    "in-service": "in_service",
}


@router.get("/alarms")
async def alarm_list(
    request: Request,
    context: TheContext,
    language: TheLanguage,
    shopfloor_name: Annotated[str, Cookie()] = "",
    trouble: Annotated[Letters, Query()] = "",
) -> HTMLResponse:
    """Open alarms, the most urgent first; beside them, where there is room, the first of them."""
    return await _page(request, context, language, None, unquote(shopfloor_name), trouble)


@router.get("/alarms/{alarm_id}")
async def one_alarm(
    request: Request,
    alarm_id: RowId,
    context: TheContext,
    language: TheLanguage,
    shopfloor_name: Annotated[str, Cookie()] = "",
    trouble: Annotated[Letters, Query()] = "",
) -> HTMLResponse:
    """One alarm, open or over."""
    return await _page(request, context, language, alarm_id, unquote(shopfloor_name), trouble)


def _asks(action: Action) -> Callable[[Request, RowId, TheContext], Awaitable[Response]]:
    async def asks(request: Request, alarm_id: RowId, context: TheContext) -> Response:
        """Ask for it in the name of the person in the form, and go back to where the button was."""
        return await _ask(request, alarm_id, context, action)

    return asks


for _path, _action in PLAIN.items():
    router.post(f"/alarms/{{alarm_id}}/{_path}", name=f"{_action}_by_form")(_asks(_action))


@router.post("/alarms/{alarm_id}/shelve")
async def shelve(request: Request, alarm_id: RowId, context: TheContext) -> Response:
    """Set aside for a time, or until it returns to normal."""
    return await _ask(request, alarm_id, context, "shelve")


@router.post("/alarms/{alarm_id}/out-of-service")
async def out_of_service(request: Request, alarm_id: RowId, context: TheContext) -> Response:
    """Take out of service until somebody ends it."""
    return await _ask(request, alarm_id, context, "out_of_service")


async def _ask(request: Request, alarm_id: int, context: Context, action: Action) -> Response:
    if not context.access.may(request, "alarms"):
        return RedirectResponse("/login?next=/alarms", 303)
    form = await form_of(request)
    place = f"/alarms/{alarm_id}" if form.get("here") == "one" else "/alarms"
    name, minutes = named_in(request, form), None
    why = form.get("comment", "").strip()[:500]
    try:
        AlarmActionBody(by=name, comment=why)
    except ValueError:
        return RedirectResponse(f"{place}?trouble=name_needed", 303)
    try:
        if action == "shelve":
            given = form.get("minutes", "")
            minutes = ShelveBody(by=name, comment=why, minutes=int(given) if given else None).minutes
            if minutes is not None and timedelta(minutes=minutes) > context.plant.alarms.shelve_at_most:
                return RedirectResponse(f"{place}?trouble=shelve_shorter", 303)
            action = "shelve" if minutes else "shelve_once"
        elif action == "out_of_service":
            OutOfServiceBody(by=name, comment=why)
    except ValueError:
        return RedirectResponse(f"{place}?trouble=alarm_reason_needed", 303)
    try:
        await act(context, alarm_id, action, who_does(context, request, name), why, minutes=minutes)
    except Problem as err:
        if err.status != 409:
            raise
        return RedirectResponse(f"{place}?trouble=alarm_changed", 303)
    return _back(place, name)


@router.post("/alarms/{alarm_id}/comment")
async def comment_on_alarm(request: Request, alarm_id: RowId, context: TheContext) -> Response:
    """What the person in the form says about it."""
    if not context.access.may(request, "alarms"):
        return RedirectResponse(f"/login?next=/alarms/{alarm_id}", 303)
    form = await form_of(request)
    place, name = f"/alarms/{alarm_id}", named_in(request, form)
    if not name:
        return RedirectResponse(f"{place}?trouble=name_needed", 303)
    try:
        said = AlarmCommentBody(by=name, comment=form.get("comment", "").strip()[:500])
    except ValueError:
        return RedirectResponse(f"{place}?trouble=comment_needed", 303)
    await comment(context, alarm_id, who_does(context, request, said.by), said.comment)
    return _back(place, name)


def _back(place: str, name: str) -> Response:
    answer = RedirectResponse(place, 303)
    answer.set_cookie("shopfloor_name", quote(name), max_age=YEAR_S, samesite="lax")
    return answer


async def _page(
    request: Request, context: Context, language: Language, alarm_id: int | None, name: str, trouble: str
) -> HTMLResponse:
    async with context.pool.connection(LEND_S) as conn:
        found = await alarms(conn, open_=True, quiet=False, limit=MOST_ALARMS + 1)
        aside = await _set_aside(conn)
        channels = await undelivered_of_channels(conn, [channel.id for channel in context.plant.channels])
        more, found = len(found) > MOST_ALARMS, found[:MOST_ALARMS]
        found.sort(key=_urgency)
        shown = alarm_id if alarm_id is not None else found[0].id if found else None
        picture = None if shown is None else await picture_of(conn, context.plant, shown, to_us(datetime.now(UTC)))
    formats, w = formats_of(context, language), words(language)
    return page_of(
        request,
        "alarms.html",
        language,
        alarms=found,
        aside=aside,
        may=[] if picture is None else possible(picture.told.alarm),
        spans=spans_within(context.plant.alarms.shelve_at_most),
        channels=channels,
        more=MOST_ALARMS if more else 0,
        chosen=alarm_id is not None,
        p=picture,
        name=name,
        trouble=w.get(trouble, ""),
        aged=formats.aged,
        moment=formats.moment,
        length=lambda us: duration(us / 1e6, w),
        to_us=to_us,
        names={machine.id: machine.name for machine in context.plant.machines},
        lines={machine.id: line.name for line in context.plant.lines for machine in line.machines},
        looks=LOOKS,
        steps=STEPS,
        band=_band(picture),
        ticks=[] if picture is None else ticks(picture.window, formats.zone),
        figure=lambda number: f"{number:.6g}",
    )


async def _set_aside(conn: Connection) -> list[AlarmAnswer]:
    """What is shelved or out of service, open or over, and what is open and follows from another alarm."""
    found = {one.id: one for one in await alarms(conn, set_aside=True)}
    found |= {one.id: one for one in await alarms(conn, open_=True, quiet=True)}
    return sorted(found.values(), key=lambda one: (one.suppressed, RANK[one.priority], one.raised_at))


def _urgency(alarm: AlarmAnswer) -> tuple[bool, int, datetime]:
    """What has cleared comes after what stands."""
    return not alarm.active, RANK[alarm.priority], alarm.raised_at


def _band(picture: AlarmPicture | None) -> object:
    if picture is None or picture.facts is None:
        return None
    return boxes(picture.facts, picture.planned, picture.window)
