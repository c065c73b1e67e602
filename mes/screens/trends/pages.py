"""/trends: any tags of any machines over any time, with states and alarms; the link names the view."""

import json
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from config.device import Role
from contract.sample import from_us, to_us
from mes.screens.band import LOOKS, boxes, ticks
from mes.screens.trends.asked import MOST_TAGS, Drawn, View, by_machine, drawn, first_of
from mes.screens.trends.curve import bands, chart, last_of, limits_of, long_gaps
from mes.screens.trends.store import Seen, see
from mes.screens.trends.table import csv_of, xlsx_of
from mes.values.models import TagValues
from mes.web.bounds import ONE_LINE, Instant, PlantId
from mes.web.context import LEND_S, Context, TheContext
from mes.web.pages import TheLanguage, formats_of, page_of
from mes.web.problems import mistake
from mes.web.render import page
from mes.web.words import Language, duration
from mes.web.workers import HeavyPage

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
heavy = APIRouter(include_in_schema=False, route_class=HeavyPage)
POINTS, MOST_POINTS = 1600, 10_000
WINDOWS = ("hour", "shift", "day", "week", "month")
LIVE = ("hour", "shift", "day")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TagIds = Annotated[list[Annotated[str, Query(max_length=127, pattern=ONE_LINE)]], Query(max_length=4 * MOST_TAGS)]
Named = Annotated[Literal["hour", "shift", "day", "week", "month"], Query()]
Begin = Annotated[Instant | None, Query(alias="from")]
End = Annotated[Instant | None, Query()]


@router.get("/trends")
async def trends(
    request: Request,
    context: TheContext,
    language: TheLanguage,
    *,
    tag: TagIds = [],  # noqa: B006  - FastAPI copies it
    machine: Annotated[PlantId | None, Query()] = None,
    window: Named = "shift",
    from_: Begin = None,
    to: End = None,
) -> HTMLResponse:
    """The page: a card for each tag; its numbers come with /trends/data."""
    plant = context.plant
    chosen, unknown = drawn(plant, tag)
    if machine is not None and not chosen:
        chosen = [one for each in plant.machines if each.id == machine for one in first_of(each)]
    view = _view(chosen, window, from_, to)
    return page_of(
        request,
        "trends.html",
        language,
        view=view,
        unknown=unknown,
        others=by_machine(plant, chosen),
        machines=plant.machines,
        first_of=first_of,
        windows=WINDOWS,
        full=len(chosen) >= MOST_TAGS,
        most=MOST_TAGS,
        live=view.span is None and view.window in LIVE,
        limits={one.id: limits_of(one, plant) for one in chosen},
        zone=plant.site.zone,
        shown=lambda tags: View(tuple(tags)).link(),
    )


@heavy.get("/trends/data")
async def data(
    context: TheContext,
    language: TheLanguage,
    *,
    tag: TagIds = [],  # noqa: B006  - FastAPI copies it
    window: Named = "shift",
    from_: Begin = None,
    to: End = None,
) -> Response:
    """What the charts of a view draw, and its band of states and its events as HTML."""
    chosen, _ = drawn(context.plant, tag)
    view = _view(chosen, window, from_, to)
    async with context.pool.connection(LEND_S) as conn:
        seen = await see(conn, context.plant, view, to_us(datetime.now(UTC)), POINTS)
    body = json.dumps(_told(context, language, view, seen), ensure_ascii=False, separators=(",", ":"))
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})


@heavy.get("/trends/file")
async def file(
    context: TheContext,
    *,
    tag: TagIds = [],  # noqa: B006  - FastAPI copies it
    window: Named = "shift",
    from_: Begin = None,
    to: End = None,
    format_: Annotated[Literal["csv", "xlsx"], Query(alias="format")] = "csv",
) -> Response:
    """The view as a table: samples as they are where they fit, else the extremes of each bucket."""
    chosen, _ = drawn(context.plant, tag)
    view = _view(chosen, window, from_, to)
    async with context.pool.connection(LEND_S) as conn:
        seen = await see(conn, context.plant, view, to_us(datetime.now(UTC)), MOST_POINTS)
    rows = [(one.machine.id, told) for one, told in zip(view.tags, seen.told, strict=True)]
    headers = {"Content-Disposition": f'attachment; filename="trends.{format_}"', "Cache-Control": "no-store"}
    if format_ == "xlsx":
        return Response(xlsx_of(rows), media_type=XLSX, headers=headers)
    return Response(csv_of(rows), media_type="text/csv; charset=utf-8", headers=headers)


def _view(chosen: list[Drawn], window: str, from_: datetime | None, to: datetime | None) -> View:
    if (from_ is None) != (to is None):
        raise mistake("query.to", "Give 'from' and 'to', or neither.")
    span = None if from_ is None or to is None else (to_us(from_), to_us(to))
    return View(tuple(chosen), window, span)


def _told(context: Context, language: Language, view: View, seen: Seen) -> dict[str, object]:
    formats = formats_of(context, language)
    shown: dict[str, Any] = {
        "lang": language,
        "moment": formats.moment,
        "ticks": ticks(seen.window, formats.zone),
        "machines": [(machine, boxes(seen.facts[machine.id], seen.planned, seen.window)) for machine in view.machines],
        "alarms": seen.alarms,
        "gaps": long_gaps(_pairs(view, seen), seen.window),
        "names": {machine.id: machine.name for machine in view.machines},
        "cut": [one for one, told in _pairs(view, seen) if to_us(told.told_to) < seen.window[1]],
        "now": seen.window,
        "to_us": to_us,
        "duration": duration,
        "looks": LOOKS,
    }
    parts = {name: page(f"trends_{name}.html", language, **shown) for name in ("states", "events")}
    for one, told in _pairs(view, seen):
        if one.in_runs:
            of_state = one.tag.role is Role.STATE
            parts[one.id] = page("trends_band.html", language, band=bands(told, seen.window), states=of_state)
    return {
        "from": seen.window[0] / 1e6,
        "to": seen.window[1] / 1e6,
        "asOf": formats.clock_s(to_us(seen.as_of)),
        "charts": [
            chart(one, told, context.plant, seen.alarms, seen.window)
            | dict(zip(("last", "holds"), last_of(told, from_us(seen.window[1])), strict=True))
            for one, told in _pairs(view, seen)
            if not one.in_runs
        ],
        "parts": parts,
    }


def _pairs(view: View, seen: Seen) -> list[tuple[Drawn, TagValues]]:
    return list(zip(view.tags, seen.told, strict=True))
