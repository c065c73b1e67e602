"""/api/v1/equipment/{id}/ideal-cycles: what a part takes at best, from when on, and who said so."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from contract.database import queries
from contract.sample import from_us
from mes.bounds import Instant, PlantId
from mes.erp.calendar_models import Person
from mes.erp.equipment import machine_of
from mes.erp.house import LEND_S, Connection, TheHouse, who_does
from mes.erp.known import AsOf, knowing, until_known
from mes.erp.models import Page, Time
from mes.erp.once import OnceRoute, TheOnce
from mes.erp.problems import mistake

SQL = queries("mes", "erp/queries.sql")
MES_SQL = queries("mes")
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
async def list_cycles(house: TheHouse, id_: EquipmentId, as_of: AsOf = None) -> Page[CycleAnswer]:
    """The ideal cycles of a machine, by product and instant, as they are known or were known at `as_of`."""
    machine_of(house.plant, id_)
    async with house.pool.connection(LEND_S) as conn, knowing(conn, as_of) as known:
        return Page(items=await _cycles(conn, id_, known.as_of_us), next_cursor=None)


@router.post("/equipment/{id}/ideal-cycles", status_code=201, responses=PENDING)
async def set_cycle(
    house: TheHouse, request: Request, response: Response, id_: EquipmentId, body: CycleBody, once: TheOnce
) -> CycleAnswer:
    """Set an ideal cycle of a machine or a product on it from an instant on; sending it twice is sending it once."""
    machine_of(house.plant, id_)
    products = [product.id for product in house.plant.products]
    if body.product is not None and body.product not in products:
        raise mistake("body.product", f"'{body.product}' is no product; known are {', '.join(products) or 'none'}.")
    cycle_us = round(body.cycle_s * SECOND_US)
    row = {"machine": id_, "product": body.product, "from": body.from_, "cycle_us": cycle_us}
    row |= {"source": "api", "by": who_does(house, request, body.by), "why": body.why}
    async with house.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        same = await _cycle_of(conn, id_, body)
        if same is not None and same.cycle_s == cycle_us / SECOND_US:
            await once.keep(conn, 201, same)
            return same
        await conn.execute(MES_SQL["add_cycle"].encode(), row)
        await conn.execute(MES_SQL["wake_keeper"].encode())
        added = await _cycle_of(conn, id_, body)
        assert added is not None  # noqa: S101  - it was put down just now
        await once.keep(conn, 202, added)
    if not await until_known(house, SQL["cycle_known"], added.id):
        response.status_code = 202
    async with house.pool.connection(LEND_S) as conn:
        return await _cycle_of(conn, id_, body) or added


async def _cycle_of(conn: Connection, machine: str, body: CycleBody) -> CycleAnswer | None:
    found = await _cycles(conn, machine, None)
    return next((cycle for cycle in found if (cycle.product, cycle.from_) == (body.product, body.from_)), None)


async def _cycles(conn: Connection, machine: str, as_of_us: int | None) -> list[CycleAnswer]:
    asked = {"machine": machine, "as_of": None if as_of_us is None else from_us(as_of_us)}
    rows = await (await conn.execute(SQL["cycle_list"].encode(), asked)).fetchall()
    return [_cycle(row) for row in rows if row[4] is not None]


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
