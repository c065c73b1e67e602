"""/api/v1/equipment/{id}/targets: which share of its ideal number of parts is asked of a line, from which day on."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from config.plant import Line, Plant
from config.shifts import day_span
from contract.sample import from_us
from mes.calendar.store import read_calendar
from mes.calendar.store_targets import say_target, targets_said
from mes.feed.routes_idempotency import OnceRoute, TheOnce
from mes.web.bounds import Day, PlantId
from mes.web.context import LEND_S, TheContext, who_does
from mes.web.equipment import machines_of
from mes.web.models import Page, Person, Time
from mes.web.problems import Problem
from mes.web.snapshot import AsOf
from mes.web.store_snapshot import snapshot_at
from runtime.lending import Connection

router = APIRouter(tags=["calendar"], route_class=OnceRoute)
LineId = Annotated[PlantId, Path(alias="id", description="A line.", examples=["stamping"])]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class TargetBody(Person):
    """What is asked of a line from the begin of a production day on, until the next target begins."""

    since: Day
    target_oee: Annotated[float, Field(ge=0.0001, le=1, description="A share.", examples=[0.82])] | None = Field(
        description="null: what was said of this day is taken back."
    )


class TargetAnswer(BaseModel):
    """A target of a line."""

    model_config = ConfigDict(populate_by_name=True)

    id: int
    equipment: str
    from_: Time | None = Field(alias="from", description="null: always.")
    target_oee: float = Field(examples=[0.82])
    source: Literal["plant file", "person"]
    by: str
    why: str
    at: Time


@router.get("/equipment/{id}/targets")
async def list_targets(context: TheContext, id_: LineId, as_of: AsOf = None) -> Page[TargetAnswer]:
    """The targets of a line, the newest day first, as they are known or were known at `as_of`."""
    line_of(context.plant, id_)
    async with context.pool.connection(LEND_S) as conn, snapshot_at(conn, as_of) as known:
        rows = await targets_said(conn, id_, known.as_of_us)
    return Page(items=[target_answer(row) for row in rows], next_cursor=None)


@router.post("/equipment/{id}/targets", status_code=201)
async def set_target(
    context: TheContext, request: Request, id_: LineId, body: TargetBody, once: TheOnce
) -> Page[TargetAnswer]:
    """Set or take back the target of a line from a day on; walls and reports follow it at once."""
    line_of(context.plant, id_)
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        answer = await put_target(conn, context.plant, id_, body, who_does(context, request, body.by))
        await once.keep(conn, 201, answer)
    return answer


async def put_target(conn: Connection, plant: Plant, line: str, body: TargetBody, by: str) -> Page[TargetAnswer]:
    """Put it down, unless it holds already; what holds then."""
    start = from_us(day_span(await read_calendar(conn, plant.site), body.since)[0])
    share = None if body.target_oee is None else Decimal(str(body.target_oee)).quantize(Decimal("0.0001"))
    standing = {row[2]: row[3] for row in await targets_said(conn, line)}
    if standing.get(start) != share:
        row = {"line": line, "from": start, "share": share, "source": "person", "by": by, "why": body.why}
        await say_target(conn, row)
    return Page(items=[target_answer(row) for row in await targets_said(conn, line)], next_cursor=None)


def line_of(plant: Plant, id_: str) -> Line:
    """The line, or a Problem: nothing has this id, or it is no line."""
    machines_of(plant, id_)
    found = next((line for line in plant.lines if line.id == id_), None)
    if found is None:
        known = ", ".join(line.id for line in plant.lines)
        raise Problem(404, f"There is no line '{id_}'.", f"A target is asked of a line: give one of {known}.")
    return found


def target_answer(row: Sequence[Any]) -> TargetAnswer:
    """A row of the database as an answer."""
    id_, line, start, share, source, by, why, at = row
    return TargetAnswer(
        id=id_,
        equipment=line,
        from_=start if start > EPOCH else None,
        target_oee=float(share),
        source=source,
        by=by,
        why=why,
        at=at,
    )
