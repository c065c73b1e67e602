"""/effort: what entering has cost the people at each machine."""

from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from config.shifts import day_at, day_span, shifts_of_day
from contract.sample import to_us
from mes.calendar.store import read_calendar
from mes.erp.entries.effort import AIM_MS, efforts_of
from mes.erp.entries.store import entries_in
from mes.web.bounds import Day
from mes.web.context import LEND_S, TheContext
from mes.web.pages import TheLanguage, formats_of, page_of
from mes.web.words import duration, words

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/effort")
async def effort(
    request: Request, context: TheContext, language: TheLanguage, day: Annotated[Day | None, Query()] = None
) -> HTMLResponse:
    """The shifts of a production day, today's where none is asked for."""
    async with context.pool.connection(LEND_S) as conn:
        calendar = await read_calendar(conn, context.plant.site)
        asked: date = day or day_at(calendar, to_us(datetime.now(UTC)))
        span = day_span(calendar, asked)
        entries = await entries_in(conn, span)
    formats, w = formats_of(context, language), words(language)
    shifts = shifts_of_day(calendar, asked)
    return page_of(
        request,
        "effort.html",
        language,
        day=asked,
        efforts=efforts_of(shifts, entries),
        names={machine.id: machine.name for machine in context.plant.machines},
        clock=formats.clock,
        aim=duration(AIM_MS / 1000, w),
        length=lambda ms: duration(ms / 1000, w),
    )
