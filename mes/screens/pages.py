"""The list of lines, and the wall of each."""

import json
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from config.plant import Line
from mes.screens.broadcast_loop import Channel
from mes.screens.render import grid, parts
from mes.screens.view import LineView
from mes.web.bounds import PlantId
from mes.web.context import Context, TheContext
from mes.web.pages import TheLanguage, page_of
from mes.web.problems import Problem
from mes.web.render import version
from mes.web.words import Language, words

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/")
async def index(request: Request, context: TheContext, language: TheLanguage) -> HTMLResponse:
    """All lines and pages."""
    return page_of(request, "index.html", language, plant=context.plant)


@router.get("/wall/{line_id}")
async def wall(request: Request, line_id: PlantId, context: TheContext, language: TheLanguage) -> HTMLResponse:
    """The wall of a line; its numbers come by events."""
    line = _line(context, line_id)
    if line is None:
        text = words(language)["not_found"].format(line_id)
        return page_of(request, "index.html", language, 404, plant=context.plant, trouble=text)
    return page_of(request, "wall.html", language, line=line, grid=grid(len(line.machines)))


@router.get("/wall/{line_id}/events")
async def events(request: Request, line_id: PlantId, context: TheContext, language: TheLanguage) -> Response:
    """One event for each look at the line, with finished tiles."""
    channels: dict[str, Channel[LineView]] = request.app.state.channels
    if line_id not in channels:
        raise Problem(404, f"There is no line '{line_id}'.")
    stream = _events(context, channels[line_id], language, request.app.state.rendered)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


async def _events(
    context: Context,
    channel: Channel[LineView],
    language: Language,
    rendered: dict[tuple[str, Language], tuple[int, str]],
) -> AsyncIterator[str]:
    """Each look is rendered once a language, whoever follows first, and sent with the age of what it knows."""
    yield "retry: 1000\n\n"
    async for seen in channel.follow():
        key = (channel.name, language)
        if key not in rendered or rendered[key][0] != seen.look.now_us:
            fresh = {"version": version(), "parts": parts(context.plant, seen.look, language)}
            rendered[key] = (seen.look.now_us, json.dumps(fresh, ensure_ascii=False))
        yield f'data: {{"age_s": {seen.age_s():.3f}, "look": {rendered[key][1]}}}\n\n'


def _line(context: Context, line_id: PlantId) -> Line | None:
    return next((line for line in context.plant.lines if line.id == line_id), None)
