"""The subgroups of a characteristic in the database: results of inspections, or what a tag said at regular instants."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from config.device import Role
from config.plant import Plant
from contract.sample import from_us, to_us
from mes.facts.freshness import holds_for
from mes.facts.store import read_facts
from mes.quality.charts import Subgroup
from mes.quality.models import CharacteristicAnswer, PlanAnswer
from mes.quality.store import rows
from mes.quality.store_plans import asked_of
from mes.quality.tag_subgroups import instants, subgroups_of
from mes.quality.verdict import Characteristic
from mes.web.problems import Problem
from runtime.lending import Connection

MOST_SUBGROUPS = 1000


@dataclass(frozen=True, slots=True)
class Found:
    """Subgroups in the order of time, the inspections that they were taken in (None: a tag), and whether there are
    older ones in the span.
    """

    subgroups: list[Subgroup]
    inspections: list[UUID | None]
    cut: bool


async def find(
    conn: Connection,
    plant: Plant,
    plan: PlanAnswer,
    one: CharacteristicAnswer,
    span: tuple[int, int],
    machine: str | None,
    as_of: datetime,
    *,
    past: bool,
    most: int = MOST_SUBGROUPS,
) -> Found:
    """The newest subgroups of a span as they were known at an instant; `past`: something may be known since."""
    if one.tag is not None and one.tag_every_s is not None and machine is not None:
        return await _of_tag(conn, plant, plan, one, span, machine, as_of if past else None, most)
    asked = {
        "plan": plan.id,
        "characteristic": one.id,
        "machine": machine,
        "from": from_us(span[0]),
        "to": from_us(span[1]),
        "as_of": as_of,
        "limit": most + 1,
    }
    by_inspection: dict[UUID, list[dict[str, Any]]] = {}
    for row in await rows(conn, "subgroups", asked):
        by_inspection.setdefault(row["id"], []).append(row)
    ids = list(by_inspection)[-most:]
    subgroups = [_subgroup(asked_of(one), by_inspection[id_]) for id_ in ids]
    return Found(subgroups, list(ids), len(by_inspection) > most)


async def _of_tag(
    conn: Connection,
    plant: Plant,
    plan: PlanAnswer,
    one: CharacteristicAnswer,
    span: tuple[int, int],
    id_: str,
    as_of: datetime | None,
    most: int,
) -> Found:
    machine = next((machine for machine in plant.machines if machine.id == id_), None)
    tag = None if machine is None else next((tag for tag in machine.tags if tag.name == one.tag), None)
    if machine is None or tag is None:
        raise Problem(
            409,
            f"The plant file has no tag '{one.tag}' of '{id_}' any more.",
            "Put it back, or make a new plan with a tag that is there.",
        )
    at, cut = instants(*span, (one.tag_every_s or 1) * 1_000_000, one.subgroup_size)
    if not at:
        return Found([], [], False)
    asked = {
        "machine": id_,
        "tag": one.tag,
        "instants": [from_us(each) for each in at],
        "age": holds_for(plant, machine, tag),
        "as_of": as_of,
    }
    values = [row["value"] for row in await rows(conn, "tag_values", asked)]
    as_of_us = None if as_of is None else to_us(as_of)
    facts = await read_facts(conn, plant, [id_], at[0], span[1], as_of_us, parts=False)
    product = plan.product if machine.tag_of(Role.PRODUCT) is not None else None
    subgroups = subgroups_of(at, values, one.subgroup_size, facts[id_], product)
    newest = subgroups[-most:]
    return Found(newest, [None] * len(newest), cut or len(subgroups) > most)


def _subgroup(asked: Characteristic, results: Sequence[dict[str, Any]]) -> Subgroup:
    at_us = to_us(results[0]["taken_at"])
    if not asked.variable:
        return Subgroup(at_us, nonconforming=results[0]["nonconforming"], of=results[0]["counted"])
    values = {row["piece"]: row["value"] for row in results}
    told = (values.get(n) for n in range(1, asked.size + 1))
    return Subgroup(at_us, tuple(None if value is None else float(value) for value in told))
