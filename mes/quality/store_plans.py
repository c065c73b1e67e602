"""Inspection plans in the database: made, released, retired, listed."""

from uuid import UUID, uuid4

from mes.feed.store_audit import note
from mes.quality.charts import VARIABLE
from mes.quality.models import CharacteristicAnswer, PlanAnswer, PlanBody
from mes.quality.store import rows, run, signed
from mes.quality.verdict import Characteristic
from mes.web.access.author import Author
from mes.web.problems import Problem
from runtime.lending import Connection


async def add_plan(conn: Connection, body: PlanBody, author: Author) -> PlanAnswer:
    """The plan, as a draft."""
    sign = await signed(conn, author)
    id_ = uuid4()
    every_us = None if body.every_s is None else body.every_s * 1_000_000
    row = body.model_dump(exclude={"characteristics", "every_s"}) | {"id": id_, "every_us": every_us}
    await run(conn, "add_plan", row | sign)
    for place, one in enumerate(body.characteristics):
        kind = "variable" if one.chart in VARIABLE else "attribute"
        await run(
            conn, "add_characteristic", one.model_dump() | {"id": uuid4(), "plan": id_, "place": place, "kind": kind}
        )
    plan = await plan_of(conn, id_)
    await note(conn, author, "inspection_plan.create", f"inspection_plan/{id_}", None, plan.model_dump(mode="json"))
    return plan


async def change_plan(conn: Connection, id_: UUID, change: str, author: Author) -> PlanAnswer:
    """Release or retire a plan; a Problem 409 where its state forbids it. What is so already stays so."""
    sign = await signed(conn, author)
    before = await plan_of(conn, id_)
    if (change, before.state) in (("release", "released"), ("retire", "retired")):
        return before
    if await run(conn, f"{change}_plan", {"id": id_, "at": sign["at"]}) == 0:
        raise Problem(409, f"Plan {id_} is {before.state}.", "Make a new plan: one that was retired stays so.")
    plan = await plan_of(conn, id_)
    states = ({"state": before.state}, {"state": plan.state})
    await note(conn, author, f"inspection_plan.{change}", f"inspection_plan/{id_}", *states)
    return plan


async def plans(
    conn: Connection,
    *,
    id_: UUID | None = None,
    product: str | None = None,
    followed: bool = False,
    before: int | None = None,
    limit: int = 1000,
) -> list[tuple[int, PlanAnswer]]:
    """Plans with their place in the list, the newest first."""
    asked = {"id": id_, "product": product, "followed": followed, "before": before, "limit": limit}
    found = await rows(conn, "plans", asked)
    parts: dict[UUID, list[CharacteristicAnswer]] = {row["id"]: [] for row in found}
    for row in await rows(conn, "characteristics", {"plans": list(parts)}):
        parts[row.pop("plan")].append(CharacteristicAnswer(**row))
    return [(row.pop("written"), PlanAnswer(**row, characteristics=parts[row["id"]])) for row in found]


async def plan_of(conn: Connection, id_: UUID) -> PlanAnswer:
    """One plan, or a Problem 404."""
    found = await plans(conn, id_=id_)
    if not found:
        raise Problem(404, f"There is no inspection plan {id_}.", "GET /api/v1/inspection-plans lists them.")
    return found[0][1]


async def characteristic_of(conn: Connection, id_: UUID) -> tuple[PlanAnswer, CharacteristicAnswer]:
    """A characteristic and its plan, or a Problem 404."""
    found = await rows(conn, "plan_of_characteristic", {"id": id_})
    if not found:
        raise Problem(404, f"There is no characteristic {id_}.", "GET /api/v1/inspection-plans lists them.")
    plan = await plan_of(conn, found[0]["plan"])
    return plan, next(one for one in plan.characteristics if one.id == id_)


def asked_of(one: CharacteristicAnswer) -> Characteristic:
    """A characteristic as verdicts are made by it."""
    limits = (one.nominal, one.lsl, one.usl, one.accept)
    return Characteristic(one.id, one.name, one.unit, one.chart, one.subgroup_size, *limits, read=one.tag is not None)
