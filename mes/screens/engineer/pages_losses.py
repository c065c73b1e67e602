"""/cycles, /flow, /policies: how long parts took, who waited for whom, and what another policy would say.

Each shows the answer of the API's own function, so that a number is the same in both.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from config.plant import Plant
from config.shifts import shift_at
from contract.sample import from_us, to_us
from mes.calendar.store import read_calendar
from mes.kpi.policy import policies_of
from mes.losses import routes as of_losses
from mes.losses.routes_flow import flow as flow_of
from mes.losses.store_cycles import shown_cycles
from mes.screens.engineer.histogram import bars
from mes.web.bounds import Instant, PlantId
from mes.web.context import LEND_S, TheContext
from mes.web.evaluated import Evaluated
from mes.web.pages import TheLanguage, formats_of, page_of
from mes.web.snapshot import AsOf
from mes.web.store_evaluation import Question, evaluated
from mes.web.windows import DAY_US, HOUR_US
from mes.web.words import Language, duration, words
from mes.web.workers import HeavyPage

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
heavy = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, route_class=HeavyPage)
Window = Literal["hour", "shift", "day", "week", "month"]
LENGTHS = {"hour": HOUR_US, "day": DAY_US, "week": 7 * DAY_US, "month": 31 * DAY_US}


async def asked_window(
    context: TheContext,
    id_: Annotated[PlantId, Path(alias="id")],
    window: Annotated[Window, Query()] = "day",
    from_: Annotated[Instant | None, Query(alias="from")] = None,
    to: Annotated[Instant | None, Query()] = None,
    as_of: AsOf = None,
) -> Evaluated:
    """The window by its name, or by both ends; as known now, or at an instant."""
    now_us = to_us(datetime.now(UTC))
    if from_ is None:
        begin_us = now_us - LENGTHS.get(window, DAY_US)
        if window == "shift":
            async with context.pool.connection(LEND_S) as conn:
                shift = shift_at(await read_calendar(conn, context.plant.site), now_us)
            begin_us = begin_us if shift is None else shift.starts_us
        from_, to = from_us(begin_us), from_us(now_us)
    return await evaluated(context, Question(id_, None, from_, to, None, as_of))


TheWindow = Annotated[Evaluated, Depends(asked_window)]


@router.get("/cycles")
async def cycles_first(context: TheContext, language: TheLanguage) -> RedirectResponse:
    """The first line's."""
    return RedirectResponse(f"/cycles/{context.plant.lines[0].id}?lang={language}", 303)


@router.get("/flow")
async def flow_first(context: TheContext, language: TheLanguage) -> RedirectResponse:
    """The first line's."""
    return RedirectResponse(f"/flow/{context.plant.lines[0].id}?lang={language}", 303)


@router.get("/policies")
async def policies_first(context: TheContext, language: TheLanguage) -> RedirectResponse:
    """The site's."""
    return RedirectResponse(f"/policies/{context.plant.site.id}?lang={language}", 303)


@heavy.get("/cycles/{id}")
async def cycles(
    request: Request, context: TheContext, language: TheLanguage, asked: TheWindow, window: Window = "day"
) -> HTMLResponse:
    """The histogram against the ideal cycle, and what is typical of each product."""
    told = of_losses.cycles(asked, await shown_cycles(context, asked))
    return _page(request, "cycles.html", language, context, asked, window, told=told, bars=bars(told.histogram))


@heavy.get("/flow/{id}")
async def flow(
    request: Request, context: TheContext, language: TheLanguage, asked: TheWindow, window: Window = "day"
) -> HTMLResponse:
    """The bottleneck with its evidence, and who waited for whom."""
    return _page(request, "flow.html", language, context, asked, window, told=flow_of(context, asked))


@heavy.get("/policies/{id}")
async def policies(
    request: Request,
    context: TheContext,
    language: TheLanguage,
    asked: TheWindow,
    window: Window = "day",
    with_: Annotated[PlantId | None, Query(alias="with")] = None,
) -> HTMLResponse:
    """The same window by the plant's policy and by another one, and where the difference comes from."""
    names = [name for name in policies_of(context.plant.policies) if name != context.plant.policy]
    other = with_ or names[0]
    told = of_losses.compare(context, asked, other)
    return _page(request, "policies.html", language, context, asked, window, told=told, policies=names, chosen=other)


def _page(
    request: Request,
    template: str,
    language: Language,
    context: TheContext,
    asked: Evaluated,
    window: str,
    **more: Any,
) -> HTMLResponse:
    formats, w = formats_of(context, language), words(language)
    path = request.scope["path"]
    return page_of(
        request,
        template,
        language,
        id_=asked.equipment,
        root=path.split("/")[1],
        equipment=_equipment(context.plant),
        lines=context.plant.lines,
        windows=("hour", "shift", "day", "week", "month"),
        window=None if "from" in request.query_params else window,
        length=lambda us: duration(us / 1e6, w),
        seconds=lambda us: f"{us / 1e6:.4g}",
        moment=lambda at: formats.moment(to_us(at)),
        percent=lambda number: f"{number * 100:.1f} %",
        **more,
    )


def _equipment(plant: Plant) -> list[tuple[str, object]]:
    """The site, its lines and machines, with their names."""
    found: list[tuple[str, object]] = [(plant.site.id, plant.site.name)]
    for line in plant.lines:
        found.append((line.id, line.name))
        found += [(machine.id, machine.name) for machine in line.machines]
    return found
