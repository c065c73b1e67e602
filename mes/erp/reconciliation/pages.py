"""/reconciliation: what counters, people, confirmations and the ERP say of a day, for people."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from config.shifts import day_at
from contract.sample import to_us
from mes.calendar.store import read_calendar
from mes.erp.reconciliation.routes import day_answer
from mes.erp.reconciliation.sides import Source
from mes.web.bounds import Day
from mes.web.context import LEND_S, TheContext
from mes.web.pages import TheLanguage, page_of
from mes.web.quantity import plain

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
STATES = ("acknowledged", "waiting", "parked")


@router.get("/reconciliation")
async def reconciliation(
    request: Request, context: TheContext, language: TheLanguage, day: Annotated[Day | None, Query()] = None
) -> HTMLResponse:
    """The orders of a production day, today's where none is asked for, and the day's certificate."""
    async with context.pool.connection(LEND_S) as conn:
        calendar = await read_calendar(conn, context.plant.site)
        asked: date = day or day_at(calendar, to_us(datetime.now(UTC)))
        found = await day_answer(context, conn, asked)
    shown = [source for source in Source if any(source in one.said for one in found.items)]
    return page_of(
        request,
        "reconciliation.html",
        language,
        found=found,
        sources=shown,
        states=[(name, getattr(found.certificate, name)) for name in STATES],
        number=number,
    )


def number(quantity: Decimal | None) -> str:
    """A quantity as people read it; a dash where nothing is said."""
    return "–" if quantity is None else plain(quantity).replace("-", "−")
