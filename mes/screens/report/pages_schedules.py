"""/report/schedules: which report goes to whom by e-mail, and when."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from contract.sample import to_us
from mes.reports.models import ReportScheduleBody
from mes.reports.routes import need_equipment
from mes.reports.store import put_schedule, schedule_of, schedules
from mes.screens.home.render import names_of
from mes.screens.report.document import can_print
from mes.screens.report.pages import FILES
from mes.web.access.author import author_named, named_in
from mes.web.bounds import Letters
from mes.web.context import LEND_S, TheContext
from mes.web.pages import TheLanguage, form_of, formats_of, page_of
from mes.web.words import words

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/report/schedules")
async def schedule_list(
    request: Request, context: TheContext, language: TheLanguage, trouble: Annotated[Letters, Query()] = ""
) -> HTMLResponse:
    """All schedules, and a form for another one."""
    plant = context.plant
    async with context.pool.connection(LEND_S) as conn:
        found = await schedules(conn, plant.site.zone)
    formats = formats_of(context, language)
    return page_of(
        request,
        "report_schedules.html",
        language,
        schedules=found,
        names={plant.site.id: plant.site.name} | names_of(plant),
        files=[kind for kind in FILES if kind != "pdf" or can_print()],
        moment=lambda at: formats.moment(to_us(at)),
        trouble=words(language).get(trouble, ""),
        typed={},
    )


@router.post("/report/schedules")
async def make(request: Request, context: TheContext) -> Response:
    """Another schedule; back to the list."""
    form = await form_of(request)
    said = {name: form.get(name, "").strip() for name in ("name", "equipment", "period", "cron", "language", "format")}
    try:
        body = ReportScheduleBody.model_validate(said | {"recipients": form.get("recipients", "").split()})
    except ValidationError:
        return RedirectResponse("/report/schedules?trouble=report_refused", 303)
    need_equipment(context, body.equipment)
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await put_schedule(conn, context.plant.site.zone, uuid4(), body, author_named(request, named_in(request, form)))
    return RedirectResponse("/report/schedules", 303)


@router.post("/report/schedules/{id_}/end")
async def end(request: Request, context: TheContext, id_: UUID) -> Response:
    """Nothing is sent by it any more."""
    form = await form_of(request)
    zone = context.plant.site.zone
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        was = await schedule_of(conn, zone, id_)
        body = ReportScheduleBody(
            **{name: getattr(was, name) for name in ReportScheduleBody.model_fields} | {"active": False}
        )
        await put_schedule(conn, zone, id_, body, author_named(request, named_in(request, form)))
    return RedirectResponse("/report/schedules", 303)
