"""/crew: who is signed on at which machines, now or in a shift that was."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from config.shifts import day_at, day_span, shifts_of_day
from contract.sample import from_us, to_us
from mes.calendar.store import read_calendar
from mes.people.models_sign_on import SignOnAnswer
from mes.people.store_sign_on import sign_ons
from mes.web.bounds import Day, PlantId
from mes.web.context import LEND_S, TheContext
from mes.web.pages import TheLanguage, formats_of, page_of

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
MOST = 1000


@dataclass(frozen=True, slots=True)
class Place:
    """A machine, and who was signed on at a station of it."""

    machine: str
    people: list[SignOnAnswer]


@router.get("/crew")
async def crew(
    request: Request,
    context: TheContext,
    language: TheLanguage,
    day: Annotated[Day | None, Query()] = None,
    shift: Annotated[PlantId | None, Query()] = None,
) -> HTMLResponse:
    """Who is there now; with a day, who was in it or in its shift."""
    now_us = to_us(datetime.now(UTC))
    async with context.pool.connection(LEND_S) as conn:
        calendar = await read_calendar(conn, context.plant.site)
        asked: date = day or day_at(calendar, now_us)
        whole = day_span(calendar, asked)
        shifts = shifts_of_day(calendar, asked)
        chosen = next((one for one in shifts if one.shift.id == shift), None)
        span = (chosen.starts_us, chosen.ends_us) if chosen else whole
        if day is None:
            found = await sign_ons(conn, 0, MOST, open_=True)
        else:
            found = await sign_ons(conn, 0, MOST, from_=from_us(span[0]), to=from_us(span[1]))
    there = [one for _, one in found]
    lines = [
        (line, [Place(machine.id, [one for one in there if machine.id in one.machines]) for machine in line.machines])
        for line in context.plant.lines
    ]
    formats = formats_of(context, language)
    return page_of(
        request,
        "crew.html",
        language,
        lines=lines,
        names={machine.id: machine.name for machine in context.plant.machines},
        day=day,
        shift=chosen.shift.id if chosen else "",
        shifts=shifts,
        count=len({one.person for one in there}),
        moment=lambda at: formats.moment(to_us(at)),
    )
