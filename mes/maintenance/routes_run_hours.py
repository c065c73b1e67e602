"""/api/v1/run-hours: how long machines have run since their service, and that it was done."""

from typing import Annotated

from fastapi import APIRouter, Path

from mes.feed.routes_idempotency import OnceRoute, TheOnce
from mes.maintenance.models_requests import CloseRequestBody
from mes.maintenance.models_run_hours import RunHours
from mes.maintenance.store_run_hours import reset, run_hours
from mes.web.access.author import TheAuthor
from mes.web.bounds import PlantId
from mes.web.context import LEND_S, TheContext
from mes.web.models import Page

router = APIRouter(tags=["maintenance"], route_class=OnceRoute)


@router.get("/run-hours")
async def list_run_hours(context: TheContext) -> Page[RunHours]:
    """Each counter of the plant file."""
    async with context.pool.connection(LEND_S) as conn:
        return Page(items=[await run_hours(conn, work) for work in context.plant.services], next_cursor=None)


@router.post("/run-hours/{counter}/reset")
async def reset_run_hours(
    context: TheContext,
    author: TheAuthor,
    counter: Annotated[PlantId, Path(examples=["filler-oil"])],
    body: CloseRequestBody,
    once: TheOnce,
) -> RunHours:
    """Say that the work was done: the hours count anew, and its request is closed."""
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        made = await reset(conn, context.plant, counter, author, body.comment)
        await once.keep(conn, 200, made)
        return made
