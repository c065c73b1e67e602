"""/calendar: what works on which day of a month, public holidays beside; holidays and overtime by a form."""

from datetime import UTC, date, datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from config.calendar import Kind
from config.plant import WEEKDAYS
from config.shifts import day_at
from contract.sample import to_us
from mes.calendar.store import OVERRIDE_KNOWN, add_override, override_in_force, read_calendar
from mes.erp.calendar_answers import need_sense, override_answer, row_of, says_the_same
from mes.erp.models_calendar import HolidayBody, OverrideBody
from mes.erp.month import country_of, month_of
from mes.keeper.store_changes import wake_keeper
from mes.web.access.author import named_in
from mes.web.bounds import Day, Letters, day_of
from mes.web.context import LEND_S, TheContext, who_does
from mes.web.models import Person
from mes.web.pages import TheLanguage, form_of, page_of
from mes.web.problems import Problem
from mes.web.store_snapshot import until_known
from mes.web.words import words
from runtime.lending import Connection

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/calendar")
async def month(
    request: Request,
    context: TheContext,
    language: TheLanguage,
    day: Annotated[Day | None, Query()] = None,
    trouble: Annotated[Letters, Query()] = "",
) -> HTMLResponse:
    """The month of a day, this one where none is asked for; the day's form below it."""
    async with context.pool.connection(LEND_S) as conn:
        calendar = await read_calendar(conn, context.plant.site)
    asked: date = day or day_at(calendar, to_us(datetime.now(UTC)))
    first = asked.replace(day=1)
    weeks = month_of(calendar, first, country_of(context.plant.site.zone), language)
    chosen = next(one for week in weeks for one in week if one.day == asked)
    w = words(language)
    return page_of(
        request,
        "calendar.html",
        language,
        weeks=weeks,
        first=first,
        chosen=chosen,
        earlier=_beside(first, -1),
        later=_beside(first, 1),
        week_shifts=[one for one in calendar.week(asked).shifts if WEEKDAYS[asked.weekday()] in one.days],
        all_shifts=calendar.week(asked).shifts,
        trouble=w.get(f"calendar.{trouble}", "") if trouble else "",
    )


@router.post("/calendar")
async def change(request: Request, context: TheContext) -> Response:
    """What the form says of its day: holiday, as the week says, overtime, cancelled, or a day that works too."""
    form = await form_of(request)
    try:
        day = day_of(form.get("day", ""))
        named = named_in(request, form)
        if not named:
            return _back(form, "name_first")
        async with context.pool.connection(LEND_S) as conn, conn.transaction():
            made = await _changed(conn, context, day, form, named, who_does(context, request, named))
            await wake_keeper(conn)
        if made:
            # The page that follows shows it.
            await until_known(context, OVERRIDE_KNOWN, max(made))
    except (Problem, ValidationError, ValueError):
        return _back(form, "refused")
    return _back(form)


async def _changed(
    conn: Connection, context: TheContext, day: date, form: dict[str, str], named: str, by: str
) -> list[int]:
    """The numbers of the exceptions that were put down."""
    made: list[int] = []
    why, shift = form.get("why", "").strip() or "-", form.get("shift", "")
    calendar = await read_calendar(conn, context.plant.site)
    said: dict[str, Any] = {"by": named, "why": why}
    if form.get("act") == "holiday":
        made += await _put(conn, (day, ""), row_of((day, ""), "holiday", by, HolidayBody(**said)))
    elif form.get("act") == "withdraw":
        for (on, name), override in calendar.overrides.items():
            if on == day and override is not None:
                made += await _put(conn, (day, name), row_of((day, name), Kind.WITHDRAWN, by, Person(**said)))
    elif form.get("act") == "work":
        for one in calendar.week(day).shifts:
            called = {"en": one.name.en, "zh": one.name.zh}
            times = {"starts": f"{one.starts:%H:%M}", "ends": f"{one.ends:%H:%M}"}
            breaks = [{"starts": f"{p.starts:%H:%M}", "ends": f"{p.ends:%H:%M}"} for p in one.breaks]
            body = OverrideBody.model_validate(said | times | {"kind": "extra", "name": called, "breaks": breaks})
            need_sense(calendar, day, one.id, body)
            made += await _put(conn, (day, one.id), row_of((day, one.id), body.kind, by, body))
    else:
        times = {key: form[key] for key in ("starts", "ends") if form.get(key)}
        body = OverrideBody.model_validate(said | {"kind": form.get("act", "")} | times)
        need_sense(calendar, day, shift, body)
        made += await _put(conn, (day, shift), row_of((day, shift), body.kind, by, body))
    return made


async def _put(conn: Connection, place: tuple[date, str], row: dict[str, Any]) -> list[int]:
    """The exception's number; none where it says what holds already."""
    found = await override_in_force(conn, *place)
    if found is not None and says_the_same(override_answer(found), row):
        return []
    return [await add_override(conn, row)]


def _beside(first: date, months: int) -> date | None:
    """The first of a month beside; None beyond what a calendar holds."""
    number = first.year * 12 + first.month - 1 + months
    year, month = divmod(number, 12)
    return date(year, month + 1, 1) if 2000 <= year < 2200 else None


def _back(form: dict[str, str], trouble: str = "") -> Response:
    told = f"&trouble={trouble}" if trouble else ""
    return RedirectResponse(f"/calendar?day={quote(form.get('day', '')[:10])}{told}", 303)
