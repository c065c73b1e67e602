"""/alarm-figures: whether the alarms are bearable, by the figures of ISA-18.2."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from contract.sample import to_us
from mes.alarms.store_figures import known_from, read_figures
from mes.web.context import LEND_S, TheContext
from mes.web.pages import TheLanguage, formats_of, page_of
from mes.web.words import duration, words

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
SPANS = (1, 7, 30, 90, 365)
SHARES = frozenset({"flood_share", "busy_share", "top_share"})


@router.get("/alarm-figures")
async def figures_page(
    request: Request,
    context: TheContext,
    language: TheLanguage,
    days: Annotated[int, Query(ge=1, le=366)] = 30,
) -> HTMLResponse:
    """The last days."""
    end = datetime.now(UTC)
    async with context.pool.connection(LEND_S) as conn:
        begin = await known_from(conn, end - timedelta(days=days))
        found = await read_figures(conn, begin, end)
    formats, w = formats_of(context, language), words(language)
    names = {machine.id: machine.name for machine in context.plant.machines}
    return page_of(
        request,
        "alarm_figures.html",
        language,
        f=found,
        days=days,
        spans=SPANS,
        shares=SHARES,
        begin=formats.moment(to_us(begin)),
        peaks={"per_day": found.peaks["day"], "per_hour": found.peaks["hour"], "per_ten": found.peaks["ten"]},
        subjects={subject: names[subject] for _, subject, _ in found.frequent if subject in names},
        length=lambda seconds: duration(seconds, w),
        share=lambda value: f"{100 * value:.1f} %",
        number=_number,
    )


def _number(value: float) -> str:
    return "< 0.01" if 0 < value < 0.01 else f"{value:.3g}" if value < 100 else f"{value:.0f}"
