"""/api/v1/report-schedules: which report goes to whom by e-mail, and when."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path

from mes.feed.routes_idempotency import OnceRoute, TheOnce, changing
from mes.reports.models import ReportScheduleAnswer, ReportScheduleBody
from mes.reports.store import put_schedule, schedule_of, schedules
from mes.web.access.author import TheAuthor
from mes.web.context import LEND_S, Context, TheContext
from mes.web.problems import mistake

router = APIRouter(tags=["reports"], route_class=OnceRoute)
Id = Annotated[UUID, Path(alias="id", description="Of the schedule, made by whoever makes it.")]


@router.get("/report-schedules")
async def list_schedules(context: TheContext) -> list[ReportScheduleAnswer]:
    """All schedules, those that are not active too, each with how its last report was sent."""
    async with context.pool.connection(LEND_S) as conn:
        return await schedules(conn, context.plant.site.zone)


@router.get("/report-schedules/{id}")
async def one_schedule(context: TheContext, id_: Id) -> ReportScheduleAnswer:
    """One schedule."""
    async with context.pool.connection(LEND_S) as conn:
        return await schedule_of(conn, context.plant.site.zone, id_)


@router.put("/report-schedules/{id}")
async def change_schedule(
    context: TheContext, author: TheAuthor, id_: Id, body: ReportScheduleBody, once: TheOnce
) -> ReportScheduleAnswer:
    """Make or change a schedule; `active: false` ends it."""
    need_equipment(context, body.equipment)
    async with changing(context, once) as conn:
        made = await put_schedule(conn, context.plant.site.zone, id_, body, author)
        await once.keep(conn, 200, made)
        return made


def need_equipment(context: Context, id_: str) -> None:
    """A Problem 422 for what is not in the plant file."""
    plant = context.plant
    if id_ not in {plant.site.id, *(line.id for line in plant.lines), *(machine.id for machine in plant.machines)}:
        raise mistake("body.equipment", f"'{id_}' is not in the plant file; GET /api/v1/equipment lists all.")
