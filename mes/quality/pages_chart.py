"""/quality/{characteristic}: its control chart, with what made the limits, the signals, and capability."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from contract.sample import to_us
from mes.quality.chart_svg import points_drawing, spreads_drawing
from mes.quality.store_charts import chart_of
from mes.quality.store_plans import characteristic_of
from mes.web.bounds import PlantId
from mes.web.context import LEND_S, TheContext
from mes.web.pages import TheLanguage, formats_of, page_of
from mes.web.windows import DAY_US
from mes.web.workers import HeavyPage

heavy = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, route_class=HeavyPage)
DAYS = (1, 7, 31)
# More points than this lie on top of each other on a tablet.
SHOWN = 200


@heavy.get("/quality/{id_}")
async def chart_page(
    request: Request,
    context: TheContext,
    language: TheLanguage,
    id_: UUID,
    machine: Annotated[PlantId | None, Query()] = None,
    days: Annotated[Literal["1", "7", "31"], Query()] = "7",
) -> HTMLResponse:
    """The chart of the last days."""
    now_us = to_us(datetime.now(UTC))
    async with context.pool.connection(LEND_S) as conn:
        plan, _ = await characteristic_of(conn, id_)
        chart = await chart_of(conn, context.plant, id_, (now_us - int(days) * DAY_US, now_us), machine, most=SHOWN)
    formats = formats_of(context, language)
    names = {one.id: one.name.en if language == "en" else one.name.zh for one in context.plant.machines}
    return page_of(
        request,
        "quality_chart.html",
        language,
        chart=chart,
        plan=plan,
        points=points_drawing(chart),
        spreads=spreads_drawing(chart),
        machine=names.get(chart.machine or "", chart.machine),
        asked=machine,
        days=int(days),
        choices=DAYS,
        moment=lambda at: formats.moment(at if isinstance(at, int) else to_us(at)),
        figure=lambda number: f"{number:.4g}",
    )
