"""Pages on which people say why a machine stood; for tablets, gloves on."""

from datetime import date
from typing import Annotated, Any
from urllib.parse import quote, unquote, urlencode

from fastapi import APIRouter, Cookie, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from config.plant import Plant
from config.shifts import day_at
from contract.sample import from_us, to_us
from mes.calendar.store import read_calendar
from mes.facts.store import read_facts
from mes.losses.models_edits import ReasonBody
from mes.losses.stop_list import LOOK_BACK_US, page_of_stops, stops_of
from mes.losses.stop_window import Picked, beside, picked
from mes.losses.store_edits import edits, put_edit, undo_edit
from mes.losses.suggestions import choices_of, with_reasons
from mes.web.access.author import named_in
from mes.web.bounds import EARLIEST, Day, Instant, Letters, PlantId, RowId
from mes.web.context import LEND_S, TheContext, who_does
from mes.web.equipment import machines_of
from mes.web.pages import YEAR_S, TheLanguage, form_of, formats_of, page_of
from mes.web.problems import Problem, mistake
from mes.web.store_snapshot import snapshot_at
from mes.web.words import duration, words
from mes.web.workers import HeavyPage

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
# Reasons that were given so lately tell which one is likely.
REMEMBER_US = 30 * 24 * 3_600_000_000
heavy = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, route_class=HeavyPage)


@router.get("/stops")
async def stop_index(request: Request, context: TheContext, language: TheLanguage) -> HTMLResponse:
    """The lines, to choose one."""
    return page_of(request, "stop_lines.html", language, plant=context.plant)


@heavy.get("/stops/{id_}")
async def stop_list(
    request: Request,
    context: TheContext,
    language: TheLanguage,
    id_: PlantId,
    shopfloor_name: Annotated[str, Cookie()] = "",
    trouble: Annotated[Letters, Query()] = "",
    before: Annotated[Instant | None, Query()] = None,
    day: Annotated[Day | None, Query()] = None,
    shift: Annotated[PlantId | None, Query()] = None,
    number: Annotated[int, Query(alias="page", ge=1, le=10_000)] = 1,
) -> HTMLResponse:
    """The stops of a day of a line or machine, those without a reason with a button for each that fits.

    The day ends now, or at `before`, or is a production day or shift; a page has 60 of them.
    """
    machines = machines_of(context.plant, id_)
    async with context.pool.connection(LEND_S) as conn, snapshot_at(conn, None) as known:
        calendar = await read_calendar(conn, context.plant.site)
        now = day_at(calendar, known.now_us)
        asked = picked(calendar, day or now, shift)
        end = known.end_us if before is None else min(known.end_us, to_us(before))
        start = max(end - LOOK_BACK_US, to_us(EARLIEST))
        if day is not None:
            start, end = asked.span[0], min(asked.span[1], known.end_us)
        live = end == known.end_us
        if start >= end:
            raise mistake(
                "query.before" if day is None else "query.day", "Give a time after 2000-01-01 and not in the future."
            )
        facts = await read_facts(conn, context.plant, machines, start, end, told_us=known.told_us, parts=False)
        made = await edits(conn, machines, from_=from_us(max(start - REMEMBER_US, to_us(EARLIEST))))
    formats, w = formats_of(context, language), words(language)
    every = with_reasons(stops_of(context.plant, facts, made, live=live), made, context.plant.reasons)
    shown = page_of_stops(every, number)
    kept = {} if live and number == 1 else {"before": _instant(end), "page": str(number)}
    if day is not None:
        kept = asked.query | ({"page": str(number)} if number > 1 else {})
    older, newer = _beside(id_, (start, end, known.end_us), number, more=shown.more)
    if day is not None:
        older, newer = _days(id_, asked, number, more=shown.more, last=day >= now)
    return page_of(
        request,
        "stops.html",
        language,
        shown=shown,
        span=(start, end),
        kept=kept,
        older=older,
        newer=newer,
        asked=asked if day is not None else None,
        day=asked.day,
        shifts=asked.shifts,
        total=sum(stop.to_us - stop.from_us for stop in every),
        unsaid=sum(stop.to_us - stop.from_us for stop in every if stop.reason is None),
        longest=max((stop.to_us - stop.from_us for stop in every), default=1),
        choices=lambda stop: choices_of(stop, made),
        reasons=context.plant.reasons,
        title=_name(context.plant, id_, language),
        back=id_,
        name=unquote(shopfloor_name),
        trouble=w.get(trouble, ""),
        moment=formats.moment,
        length=lambda us: duration(us / 1e6, w),
    )


@router.post("/stops/{id_}/reason")
async def give_reason(request: Request, context: TheContext, language: TheLanguage, id_: PlantId) -> Response:
    """The reason of the button that was pressed, in the name of the person in the form; back to the list."""
    if not context.access.may(request, "execution"):
        return _login(id_)
    form = await form_of(request)
    name, reason = named_in(request, form), form.get("reason", "")
    if not name:
        return RedirectResponse(f"/stops/{quote(id_)}?trouble=name_first", 303)
    try:
        known = {one.id: one.name for one in context.plant.reasons}[reason]
        span: dict[str, Any] = {"from": from_us(int(form.get("from", ""))), "to": from_us(int(form.get("to", "")))}
        # Whoever was first is not overwritten in silence.
        span |= {"seen_edit": None} if "seen" in form else {}
        said = {"kind": "reason", "reason": reason, "by": name, "why": known.en if language == "en" else known.zh}
        body = ReasonBody.model_validate(said | span)
        await put_edit(context, form.get("machine", ""), body, who_does(context, request, name))
    except (Problem, ValueError, OverflowError, KeyError):
        # The list that was pressed on is old: the plant file has changed, or somebody has made the stop another one.
        return RedirectResponse(f"/stops/{quote(id_)}?trouble=stop_gone", 303)
    return _back(id_, name, form)


@router.post("/stops/{id_}/undo/{edit}")
async def take_back(request: Request, context: TheContext, id_: PlantId, edit: RowId) -> Response:
    """The reason goes, what was before stands again; back to the list."""
    if not context.access.may(request, "execution"):
        return _login(id_)
    form = await form_of(request)
    name = named_in(request, form)
    if not name:
        return RedirectResponse(f"/stops/{quote(id_)}?trouble=name_first", 303)
    try:
        await undo_edit(context, edit, who_does(context, request, name), "taken back at /stops")
    except Problem:
        return RedirectResponse(f"/stops/{quote(id_)}?trouble=stop_gone", 303)
    return _back(id_, name, form)


def _login(id_: str) -> Response:
    return RedirectResponse(f"/login?next=/stops/{quote(id_)}", 303)


def _back(id_: str, name: str, form: dict[str, str]) -> Response:
    """To the page on which the button was."""
    place = {key: form[key] for key in ("before", "day", "shift", "page") if form.get(key)}
    answer = RedirectResponse(f"/stops/{quote(id_)}{'?' + urlencode(place) if place else ''}", 303)
    answer.set_cookie("shopfloor_name", quote(name), max_age=YEAR_S, samesite="lax")
    return answer


def _beside(id_: str, ends: tuple[int, int, int], number: int, *, more: bool) -> tuple[str, str | None]:
    """The page after this one or the day before, and the page before this one or the day after."""
    start, end, now = ends
    return _link(id_, end, number + 1) if more else _link(id_, start, 1), _newer(id_, (end, now), number)


def _days(id_: str, asked: Picked, number: int, *, more: bool, last: bool) -> tuple[str, str | None]:
    """The same of a production day or shift."""
    day = asked.day or date.min

    def link(of: date, page: int) -> str:
        place = asked.query | {"day": of.isoformat()} | ({"page": str(page)} if page > 1 else {})
        return f"/stops/{quote(id_)}?{urlencode(place)}"

    older = link(day, number + 1) if more else link(beside(day, -1), 1)
    if number > 1:
        return older, link(day, number - 1)
    return older, None if last else link(beside(day, 1), 1)


def _instant(at_us: int) -> str:
    return from_us(at_us).isoformat().replace("+00:00", "Z")


def _link(id_: str, end_us: int, number: int) -> str:
    place = {"before": _instant(end_us)} | ({"page": str(number)} if number > 1 else {})
    return f"/stops/{quote(id_)}?{urlencode(place)}"


def _newer(id_: str, ends: tuple[int, int], number: int) -> str | None:
    """The page before this one, or the day after; None on the newest page of the newest day."""
    end, now = ends
    if number > 1:
        return _link(id_, end, number - 1)
    if end == now:
        return None
    return _link(id_, end + LOOK_BACK_US, 1) if end + LOOK_BACK_US < now else f"/stops/{quote(id_)}"


def _name(plant: Plant, id_: str, language: str) -> str:
    named = {plant.site.id: plant.site.name} | {line.id: line.name for line in plant.lines}
    named |= {machine.id: machine.name for machine in plant.machines}
    return named[id_].en if language == "en" else named[id_].zh
