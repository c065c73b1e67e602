"""/api/v1/characteristics: control charts and their limits."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from contract.sample import to_us
from mes.feed.routes_idempotency import OnceRoute, TheOnce
from mes.quality.models_chart import ChartAnswer, LimitsAnswer, LimitsBody
from mes.quality.routes import CONFLICT, Id
from mes.quality.store_charts import chart_of, freeze_limits
from mes.web.access.author import TheAuthor
from mes.web.bounds import PlantId
from mes.web.context import LEND_S, TheContext
from mes.web.snapshot import AsOf
from mes.web.windows import LONGEST_KEPT_US, From, KeptTo, given_window
from mes.web.workers import HeavyRoute

router = APIRouter(tags=["quality"], route_class=OnceRoute)
heavy = APIRouter(tags=["quality"], route_class=HeavyRoute)
OfMachine = Annotated[PlantId | None, Query(description="Only of this machine; left out: the plan's, or all.")]


@heavy.get("/characteristics/{id}/chart")
async def control_chart(
    context: TheContext, id_: Id, from_: From, to: KeptTo, machine: OfMachine = None, as_of: AsOf = None
) -> ChartAnswer:
    """The control chart of a span: points, limits, signals, capability with n and interval, and how often it calls an
    unchanged process, for the autocorrelation that its points really have.

    Incomplete subgroups have no point. The newest 1,000 subgroups of the span are shown.
    """
    span = given_window(from_, to, to_us(datetime.now(UTC)), LONGEST_KEPT_US)
    async with context.pool.connection(LEND_S) as conn:
        return await chart_of(conn, context.plant, id_, span, machine, as_of)


@router.post("/characteristics/{id}/limits", status_code=201, responses=CONFLICT)
async def freeze(context: TheContext, author: TheAuthor, id_: Id, body: LimitsBody, once: TheOnce) -> LimitsAnswer:
    """Freeze the limits of a reference span: charts are judged by them from now on, whatever is corrected later."""
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        made = await freeze_limits(conn, context.plant, id_, body, author)
        await once.keep(conn, 201, made)
        return made
