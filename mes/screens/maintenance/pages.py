"""/alarms, /alarms/{id}: what is worst, and of one alarm what is behind it, what to do, and how it was before.

On a phone the list and one alarm are two pages; where there is room they stand side by side.
"""

from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote, unquote

from fastapi import APIRouter, Cookie, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from contract.sample import to_us
from mes.alarms.models import AcknowledgeBody, AlarmAnswer, AlarmCommentBody
from mes.alarms.store import acknowledge, alarms, comment, undelivered_of_channels
from mes.screens.band import LOOKS, boxes, ticks
from mes.screens.maintenance.store import AlarmPicture, picture_of
from mes.web.access.author import named_in
from mes.web.bounds import Letters, RowId
from mes.web.context import LEND_S, Context, TheContext, who_does
from mes.web.pages import YEAR_S, TheLanguage, form_of, formats_of, page_of
from mes.web.words import Language, duration, words

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
MOST_ALARMS = 500
RANK = {"high": 0, "medium": 1, "low": 2}
# ISA-18.2: where an alarm is on its way.
STEPS = {"active_unacked": 0, "active_acked": 1, "cleared_unacked": 2, "normal": 3}


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


@router.post("/alarms/{alarm_id}/acknowledge")
async def acknowledge_alarm(request: Request, alarm_id: RowId, context: TheContext) -> Response:
    """Ask for the acknowledgement in the name of the person in the form, and go back to where the button was."""
    if not context.access.may(request, "alarms"):
        return RedirectResponse("/login?next=/alarms", 303)
    form = await form_of(request)
    place = f"/alarms/{alarm_id}" if form.get("here") == "one" else "/alarms"
    name = named_in(request, form)
    try:
        said = AcknowledgeBody(by=name, comment=form.get("comment", "")[:500])
    except ValueError:
        return RedirectResponse(f"{place}?trouble=name_needed", 303)
    await acknowledge(context, alarm_id, who_does(context, request, said.by), said.comment)
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
        found = await alarms(conn, open_=True, limit=MOST_ALARMS + 1)
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


def _urgency(alarm: AlarmAnswer) -> tuple[bool, int, datetime]:
    """What has cleared comes after what stands."""
    return alarm.condition == "cleared_unacked", RANK[alarm.priority], alarm.raised_at


def _band(picture: AlarmPicture | None) -> object:
    if picture is None or picture.facts is None:
        return None
    return boxes(picture.facts, picture.planned, picture.window)
