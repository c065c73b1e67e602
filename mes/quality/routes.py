"""/api/v1/inspection-plans and /inspections."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query

from config.device import Role
from config.plant import Plant
from mes.feed.routes_idempotency import OnceRoute, TheOnce
from mes.quality.due import Trigger
from mes.quality.models import CorrectionBody, DueAnswer, InspectionAnswer, InspectionBody, PlanAnswer, PlanBody
from mes.quality.store_due import due_now
from mes.quality.store_inspections import correct, inspection_of, inspections, record
from mes.quality.store_plans import add_plan, change_plan, plan_of, plans
from mes.web import cursor as cursors
from mes.web.access.author import TheAuthor
from mes.web.context import LEND_S, TheContext
from mes.web.cursor import Cursor, Limit
from mes.web.models import Page
from mes.web.problems import MEDIA, ProblemBody, mistake
from mes.web.quantity import Number
from mes.web.workers import HeavyRoute

router = APIRouter(tags=["quality"], route_class=OnceRoute)
heavy = APIRouter(tags=["quality"], route_class=HeavyRoute)
Id = Annotated[UUID, Path(alias="id")]
CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {"model": ProblemBody, "description": "Its state forbids it.", "content": {MEDIA: {}}}
}


@router.get("/inspection-plans")
async def list_plans(
    context: TheContext,
    product: Annotated[Number | None, Query(description="Only of this product.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[PlanAnswer]:
    """Inspection plans with their characteristics, the newest first."""
    before = None if cursor is None else cursors.decode("plans", cursor)
    async with context.pool.connection(LEND_S) as conn:
        found = await plans(conn, product=product, before=before, limit=limit + 1)
    more = len(found) > limit
    next_ = cursors.encode("plans", found[limit - 1][0]) if more else None
    return Page(items=[plan for _, plan in found[:limit]], next_cursor=next_)


@router.get("/inspection-plans/{id}")
async def one_plan(context: TheContext, id_: Id) -> PlanAnswer:
    """One plan."""
    async with context.pool.connection(LEND_S) as conn:
        return await plan_of(conn, id_)


@router.post("/inspection-plans", status_code=201)
async def make_plan(context: TheContext, author: TheAuthor, body: PlanBody, once: TheOnce) -> PlanAnswer:
    """Make a plan, as a draft; nothing is due by it before it is released."""
    _need_known(context.plant, body)
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        plan = await add_plan(conn, body, author)
        await once.keep(conn, 201, plan)
        return plan


@router.post("/inspection-plans/{id}/release", responses=CONFLICT)
async def release_plan(context: TheContext, author: TheAuthor, id_: Id, once: TheOnce) -> PlanAnswer:
    """From now on it is followed, as it is: a released plan never changes."""
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        plan = await change_plan(conn, id_, "release", author)
        await once.keep(conn, 200, plan)
        return plan


@router.post("/inspection-plans/{id}/retire", responses=CONFLICT)
async def retire_plan(context: TheContext, author: TheAuthor, id_: Id, once: TheOnce) -> PlanAnswer:
    """From now on nothing is due by it; its inspections stay."""
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        plan = await change_plan(conn, id_, "retire", author)
        await once.keep(conn, 200, plan)
        return plan


@heavy.get("/inspections/due")
async def list_due(context: TheContext) -> DueAnswer:
    """Whether an inspection is due, for each released plan on each machine where its product is in force.

    `unknown` where parts, product or tag are not known. Plans by hand and by lot are not listed: people ask for them.
    """
    async with context.pool.connection(LEND_S) as conn:
        return await due_now(conn, context.plant)


@router.get("/inspections")
async def list_inspections(
    context: TheContext,
    plan: Annotated[UUID | None, Query(description="Only by this plan.")] = None,
    operation: Annotated[UUID | None, Query(description="Only of this operation.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[InspectionAnswer]:
    """Inspections with their results and verdicts, the newest first."""
    before = None if cursor is None else cursors.decode("inspections", cursor)
    async with context.pool.connection(LEND_S) as conn:
        found = await inspections(conn, plan=plan, operation=operation, before=before, limit=limit + 1)
    more = len(found) > limit
    next_ = cursors.encode("inspections", found[limit - 1][0]) if more else None
    return Page(items=[one for _, one in found[:limit]], next_cursor=next_)


@router.get("/inspections/{id}")
async def one_inspection(context: TheContext, id_: Id) -> InspectionAnswer:
    """One inspection."""
    async with context.pool.connection(LEND_S) as conn:
        return await inspection_of(conn, id_)


@router.post("/inspections", status_code=201, responses=CONFLICT)
async def make_inspection(
    context: TheContext, author: TheAuthor, body: InspectionBody, once: TheOnce
) -> InspectionAnswer:
    """Record an inspection; the verdict follows from its results, and what is missing cannot pass."""
    if body.machine is not None and body.machine not in {machine.id for machine in context.plant.machines}:
        raise mistake("body.machine", f"'{body.machine}' is not in the plant file; GET /api/v1/equipment lists all.")
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        made = await record(conn, body, author)
        await once.keep(conn, 201, made)
        return made


@router.post("/inspections/{id}/corrections", status_code=201)
async def correct_inspection(
    context: TheContext, author: TheAuthor, id_: Id, body: CorrectionBody, once: TheOnce
) -> InspectionAnswer:
    """Put a result right, add one that was missing, or take one back; what was said before stays on record."""
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        made = await correct(conn, id_, body, author)
        await once.keep(conn, 201, made)
        return made


def _need_known(plant: Plant, body: PlanBody) -> None:
    """A Problem 422 for a machine or tag that the plant does not have, or that cannot tell what the trigger needs."""
    if body.machine is None:
        return
    machine = next((machine for machine in plant.machines if machine.id == body.machine), None)
    if machine is None:
        raise mistake("body.machine", f"'{body.machine}' is not in the plant file; GET /api/v1/equipment lists all.")
    tags = [tag.name for tag in machine.tags]
    for key, tag in [
        ("tag", body.tag),
        *((f"characteristics.{n}.tag", c.tag) for n, c in enumerate(body.characteristics)),
    ]:
        if tag is not None and tag not in tags:
            raise mistake(f"body.{key}", f"'{machine.id}' has no tag '{tag}'; its tags are {', '.join(tags)}.")
    if body.trigger is Trigger.FIRST_PIECE and machine.tag_of(Role.PRODUCT) is None:
        raise mistake("body.trigger", f"'{machine.id}' does not tell its product: give it a product tag first.")
