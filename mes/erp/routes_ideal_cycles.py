"""/api/v1/equipment/{id}/ideal-cycles: what a part takes at best, from when on, and who said so."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from mes.calendar.store_ideal_cycles import CYCLE_KNOWN, add_cycle, cycles_of
from mes.feed.routes_idempotency import OnceRoute, TheOnce
from mes.keeper.store_changes import wake_keeper
from mes.web.bounds import Instant, PlantId
from mes.web.context import LEND_S, TheContext, who_does
from mes.web.equipment import machine_of
from mes.web.models import Page, Person, Time
from mes.web.problems import mistake
from mes.web.snapshot import AsOf
from mes.web.store_snapshot import snapshot_at, until_known
from runtime.lending import Connection

router = APIRouter(tags=["corrections"], route_class=OnceRoute)
EquipmentId = Annotated[PlantId, Path(alias="id", description="A machine.", examples=["press-1"])]
SECOND_US = 1_000_000


class CycleBody(Person):
    """Time for one part at best, from an instant on until the next one begins."""

    product: PlantId | None = Field(None, description="A product of the plant file; null: any.", examples=["bracket-b"])
    from_: Instant = Field(alias="from", description="In the past: numbers are restated.")
    cycle_s: Annotated[float, Field(ge=0.001, le=86_400, description="Seconds a part.", examples=[2.4])]


class CycleAnswer(BaseModel):
    """An ideal cycle."""

    model_config = ConfigDict(populate_by_name=True)

    id: int
    equipment: str
    product: str | None = Field(description="null: any.")
    from_: Time | None = Field(alias="from", description="null: always.")
    cycle_s: float = Field(description="Seconds a part.", examples=[2.4])
    source: Literal["plant file", "api"]
    by: str
    why: str
    at: Time
    known_at: Time | None = Field(description="Since when numbers follow it; null for the moment until they do.")


PENDING: dict[int | str, dict[str, Any]] = {
    202: {"model": CycleAnswer, "description": "Put down; numbers do not follow it yet."}
}


@router.get("/equipment/{id}/ideal-cycles")
async def list_cycles(context: TheContext, id_: EquipmentId, as_of: AsOf = None) -> Page[CycleAnswer]:
    """The ideal cycles of a machine, by product and instant, as they are known or were known at `as_of`."""
    machine_of(context.plant, id_)
    async with context.pool.connection(LEND_S) as conn, snapshot_at(conn, as_of) as known:
        return Page(items=await _cycles(conn, id_, known.as_of_us), next_cursor=None)


@router.post("/equipment/{id}/ideal-cycles", status_code=201, responses=PENDING)
async def set_cycle(
    context: TheContext, request: Request, response: Response, id_: EquipmentId, body: CycleBody, once: TheOnce
) -> CycleAnswer:
    """Set an ideal cycle of a machine or a product on it from an instant on; sending it twice is sending it once."""
    machine_of(context.plant, id_)
    products = [product.id for product in context.plant.products]
    if body.product is not None and body.product not in products:
        raise mistake("body.product", f"'{body.product}' is no product; known are {', '.join(products) or 'none'}.")
    cycle_us = round(body.cycle_s * SECOND_US)
    row = {"machine": id_, "product": body.product, "from": body.from_, "cycle_us": cycle_us}
    row |= {"source": "api", "by": who_does(context, request, body.by), "why": body.why}
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        same = await _cycle_of(conn, id_, body)
        if same is not None and same.cycle_s == cycle_us / SECOND_US:
            await once.keep(conn, 201, same)
            return same
        await add_cycle(conn, row)
        await wake_keeper(conn)
        added = await _cycle_of(conn, id_, body)
        assert added is not None  # noqa: S101  - it was put down just now
        await once.keep(conn, 202, added)
    if not await until_known(context, CYCLE_KNOWN, added.id):
        response.status_code = 202
    async with context.pool.connection(LEND_S) as conn:
        return await _cycle_of(conn, id_, body) or added


async def _cycle_of(conn: Connection, machine: str, body: CycleBody) -> CycleAnswer | None:
    found = await _cycles(conn, machine, None)
    return next((cycle for cycle in found if (cycle.product, cycle.from_) == (body.product, body.from_)), None)


async def _cycles(conn: Connection, machine: str, as_of_us: int | None) -> list[CycleAnswer]:
    return [_cycle(row) for row in await cycles_of(conn, machine, as_of_us) if row[4] is not None]


def _cycle(row: Sequence[Any]) -> CycleAnswer:
    id_, machine, product, start, cycle_us, source, by, why, at, known_at = row
    return CycleAnswer(
        id=id_,
        equipment=machine,
        product=product,
        from_=start,
        cycle_s=cycle_us / SECOND_US,
        source=source,
        by=by,
        why=why,
        at=at,
        known_at=known_at,
    )
