"""The walls: of a line, of one machine, of the site, and lists of them that take turns."""

import json
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from config.plant import Line, Plant
from mes.screens.wall.broadcast_loop import Channel
from mes.screens.wall.render import address_of, line_parts, machine_parts, site_parts, size_of, wall_of
from mes.web.bounds import PlantId
from mes.web.context import Context, TheContext
from mes.web.pages import TheLanguage, page_of
from mes.web.problems import Problem
from mes.web.render import version
from mes.web.words import Language, words

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
SITE = "site board"
Theme = Annotated[Literal["light"] | None, Query(description="For a bright hall.")]


@router.get("/walls")
async def walls(request: Request, context: TheContext, language: TheLanguage) -> HTMLResponse:
    """All walls, to choose one for a screen."""
    return page_of(request, "walls.html", language, plant=context.plant, trouble="")


@router.get("/wall")
async def site(request: Request, context: TheContext, language: TheLanguage, theme: Theme = None) -> HTMLResponse:
    """The site board: all lines, calls, late orders and alarms."""
    return page_of(request, "wall_site.html", language, plant=context.plant, theme=theme)


@router.get("/wall-site/events")
async def site_events(request: Request, context: TheContext, language: TheLanguage) -> Response:
    """One event for each look at the site."""
    plant = context.plant
    return _stream(request, SITE, language, partial(site_parts, plant, language=language))


@router.get("/wall/machine/{machine_id}")
async def machine(
    request: Request, machine_id: PlantId, context: TheContext, language: TheLanguage, theme: Theme = None
) -> HTMLResponse:
    """One machine fills the screen."""
    of = next((one for one in context.plant.machines if one.id == machine_id), None)
    if of is None:
        return _unknown(request, context, language, machine_id)
    events = f"/wall/machine/{machine_id}/events"
    return page_of(request, "wall_machine.html", language, machine=of, events=events, theme=theme)


@router.get("/wall/machine/{machine_id}/events")
async def machine_events(request: Request, machine_id: PlantId, context: TheContext, language: TheLanguage) -> Response:
    """One event for each look at the machine's line, with this machine alone."""
    plant = context.plant
    line = next((one for one in plant.lines if machine_id in {m.id for m in one.machines}), None)
    if line is None:
        raise Problem(404, f"There is no machine '{machine_id}'.")
    key = f"{line.id} {machine_id}"
    return _stream(
        request, line.id, language, partial(machine_parts, plant, machine=machine_id, language=language), key
    )


@router.get("/wall/list/{list_id}")
async def wall_list(request: Request, list_id: PlantId, context: TheContext, language: TheLanguage) -> HTMLResponse:
    """Walls that take turns, as the plant file says."""
    found = next((one for one in context.plant.walls if one.id == list_id), None)
    if found is None:
        return _unknown(request, context, language, list_id)
    pages = [f"{address_of(context.plant, id_)}?lang={language}" for id_ in found.show]
    return page_of(request, "wall_list.html", language, of=found, pages=pages)


@router.get("/wall/{line_id}")
async def wall(
    request: Request, line_id: PlantId, context: TheContext, language: TheLanguage, theme: Theme = None
) -> HTMLResponse:
    """The wall of a line; its numbers come by events. A line of one machine has that machine's."""
    line = _line(context.plant, line_id)
    if line is None:
        return _unknown(request, context, language, line_id)
    if wall_of(line) is not None:
        events, only = f"/wall/{line_id}/events", line.machines[0]
        return page_of(request, "wall_machine.html", language, machine=only, events=events, theme=theme)
    return page_of(request, "wall_line.html", language, line=line, size=size_of(len(line.machines)), theme=theme)


@router.get("/wall/{line_id}/events")
async def events(request: Request, line_id: PlantId, context: TheContext, language: TheLanguage) -> Response:
    """One event for each look at the line, with finished rows."""
    plant, line = context.plant, _line(context.plant, line_id)
    if line is None:
        raise Problem(404, f"There is no line '{line_id}'.")
    only = wall_of(line)
    if only is not None:
        return _stream(request, line_id, language, partial(machine_parts, plant, machine=only, language=language))
    return _stream(request, line_id, language, partial(line_parts, plant, language=language))


def _stream(
    request: Request, channel: str, language: Language, made: Callable[..., dict[str, str]], key: str = ""
) -> Response:
    channels: dict[str, Channel[Any]] = request.app.state.channels
    stream = _events(channels[channel], (key or channel, language), made, request.app.state.rendered)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


async def _events(
    channel: Channel[Any],
    key: tuple[str, Language],
    made: Callable[..., dict[str, str]],
    rendered: dict[tuple[str, Language], tuple[int, str]],
) -> AsyncIterator[str]:
    """Each look is rendered once a language, whoever follows first, and sent with the age of what it knows."""
    yield "retry: 1000\n\n"
    async for seen in channel.follow():
        if key not in rendered or rendered[key][0] != seen.look.now_us:
            fresh = {"version": version(), "parts": made(view=seen.look)}
            rendered[key] = (seen.look.now_us, json.dumps(fresh, ensure_ascii=False))
        yield f'data: {{"age_s": {seen.age_s():.3f}, "look": {rendered[key][1]}}}\n\n'


def _unknown(request: Request, context: Context, language: Language, id_: str) -> HTMLResponse:
    text = words(language)["not_found"].format(id_)
    return page_of(request, "walls.html", language, 404, plant=context.plant, trouble=text)


def _line(plant: Plant, line_id: str) -> Line | None:
    return next((line for line in plant.lines if line.id == line_id), None)
