"""/api/v1/production-events: what time was spent on operations."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query

from contract.sample import from_us, to_us
from mes.feed.routes_idempotency import OnceRoute, TheOnce, changing
from mes.orders.production_events import store_labour as labour
from mes.orders.production_events.models import EndLabourBody, LabourBody, LabourCorrection, ProductionEventAnswer
from mes.orders.production_events.store import Asked, production_events
from mes.orders.production_events.times import EventKind
from mes.orders.routes import CONFLICT
from mes.orders.wish import OrderName
from mes.web.access.author import TheAuthor
from mes.web.bounds import PersonName, PlantId
from mes.web.context import LEND_S, TheContext
from mes.web.windows import From, To, given_window

router = APIRouter(tags=["quantities"], route_class=OnceRoute)
EntryId = Annotated[UUID, Path(alias="id", description="As GET /api/v1/production-events lists it.")]


@router.get("/production-events")
async def list_events(
    context: TheContext,
    from_: From,
    to: To,
    kind: Annotated[EventKind | None, Query(description="Only of this kind.")] = None,
    operation: Annotated[UUID | None, Query(description="Only of this operation.")] = None,
    order: Annotated[OrderName | None, Query(description="Only of this order.")] = None,
    machine: Annotated[PlantId | None, Query(description="Only of operations whose parts count at it.")] = None,
    worker: Annotated[PersonName | None, Query(description="Only labour of this person.")] = None,
) -> list[ProductionEventAnswer]:
    """Setup, machine time and labour that lie in a window or reach into it, whole, the earliest first.

    Setup is from the begin of a run to the first part that may have been made, machine time the rest of it.
    """
    now = datetime.now(UTC)
    start, end = given_window(from_, to, to_us(now))
    asked = Asked(operation, order, machine, worker, from_us(start), from_us(end))
    async with context.pool.connection(LEND_S) as conn:
        return await production_events(conn, asked, now, kind)


@router.post("/production-events", status_code=201, responses=CONFLICT)
async def enter(context: TheContext, author: TheAuthor, body: LabourBody, once: TheOnce) -> ProductionEventAnswer:
    """Labour on an operation: from now on, or in a span that is over."""
    async with changing(context, once) as conn:
        answer = await labour.enter(conn, context.plant, body, author)
        await once.keep(conn, 201, answer)
        return answer


@router.post("/production-events/{id}/end", responses=CONFLICT)
async def end(
    context: TheContext, author: TheAuthor, id_: EntryId, once: TheOnce, body: EndLabourBody | None = None
) -> ProductionEventAnswer:
    """Labour that goes on has ended, now or at an instant that has passed."""
    async with changing(context, once) as conn:
        answer = await labour.end(conn, context.plant, id_, body or EndLabourBody(), author)
        await once.keep(conn, 200, answer)
        return answer


@router.post("/production-events/{id}/correct", responses=CONFLICT)
async def correct(
    context: TheContext, author: TheAuthor, id_: EntryId, body: LabourCorrection, once: TheOnce
) -> ProductionEventAnswer:
    """Say what a span of labour should have been, and why; what it was stays on record."""
    async with changing(context, once) as conn:
        answer = await labour.correct(conn, context.plant, id_, body, author)
        await once.keep(conn, 200, answer)
        return answer
