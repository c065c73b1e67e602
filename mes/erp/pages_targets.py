"""/targets: what is asked of each line from which day on, and by whom; set and taken back by a form."""

from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from config.shifts import day_at
from contract.sample import to_us
from mes.calendar.store import read_calendar
from mes.calendar.store_targets import read_targets, targets_said
from mes.erp.routes_targets import TargetBody, line_of, put_target, target_answer
from mes.web.access.author import named_in
from mes.web.bounds import Letters, PlantId
from mes.web.context import LEND_S, TheContext, who_does
from mes.web.pages import TheLanguage, form_of, page_of
from mes.web.problems import Problem
from mes.web.words import words

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/targets")
async def targets(
    request: Request, context: TheContext, language: TheLanguage, trouble: Annotated[Letters, Query()] = ""
) -> HTMLResponse:
    """All lines."""
    plant, now_us = context.plant, to_us(datetime.now(UTC))
    async with context.pool.connection(LEND_S) as conn:
        today = day_at(await read_calendar(conn, plant.site), now_us)
        known = await read_targets(conn)
        said = {line.id: [target_answer(row) for row in await targets_said(conn, line.id)] for line in plant.lines}
    return page_of(
        request,
        "targets.html",
        language,
        lines=[(line, known.of(line.id).at(now_us), said[line.id]) for line in plant.lines],
        today=today,
        zone=ZoneInfo(plant.site.zone),
        trouble=words(language).get(f"targets.{trouble}", "") if trouble else "",
    )


@router.post("/targets/{line}")
async def change(request: Request, context: TheContext, line: PlantId) -> Response:
    """What the form says: a share in per cent from a day on, or none from there."""
    form = await form_of(request)
    named = named_in(request, form)
    if not named:
        return _back("name_first")
    try:
        line_of(context.plant, line)
        taken_back = form.get("act") == "take_back"
        share = None if taken_back else float(form.get("share", "").replace(",", ".")) / 100
        said = {"since": form.get("since"), "target_oee": share, "by": named, "why": form.get("why", "").strip() or "-"}
        body = TargetBody.model_validate(said)
        async with context.pool.connection(LEND_S) as conn, conn.transaction():
            await put_target(conn, context.plant, line, body, who_does(context, request, named))
    except (Problem, ValidationError, ValueError):
        return _back("refused")
    return _back()


def _back(trouble: str = "") -> Response:
    return RedirectResponse(f"/targets?trouble={quote(trouble)}" if trouble else "/targets", 303)
