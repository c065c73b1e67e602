"""What was asked of a window → its facts and the terms by which it is judged, all from one view of the database."""

from dataclasses import dataclass, fields
from typing import Annotated, Any, Literal

from fastapi import Depends, Path, Query

from config.plant import Plant
from mes.calendar.store import read_calendar
from mes.calendar.store_ideal_cycles import read_ideal
from mes.facts.store import read_facts
from mes.keeper.store_lag import late_waits
from mes.kpi.evaluation import evaluation_of
from mes.kpi.rollup import equipment_elements, measured_machines
from mes.kpi.store_long_windows import Ground, window_elements
from mes.kpi.store_policies import policy_then
from mes.web.bounds import PlantId
from mes.web.context import LEND_S, TheContext
from mes.web.equipment import equipment_of, machines_of
from mes.web.evaluated import Asked, Evaluated, Summed
from mes.web.kpi_answers import PolicyName, policy_named
from mes.web.snapshot import AsOf, Snapshot
from mes.web.store_snapshot import snapshot_at
from mes.web.windows import LONGEST_KEPT_US, LONGEST_US, AskedFrom, AskedKeptTo, AskedTo, asked_window
from runtime.lending import Connection

EquipmentId = Annotated[PlantId, Path(alias="id", description="An id of GET /equipment.", examples=["press-1"])]
WindowName = Annotated[Literal["shift", "hour"] | None, Query(description="The current shift, or the last hour.")]


@dataclass(frozen=True, slots=True)
class Question:
    """What a request says of the window that it asks for."""

    id_: EquipmentId
    window: WindowName = None
    from_: AskedFrom = None
    to: AskedTo = None
    policy: PolicyName = None
    as_of: AsOf = None


@dataclass(frozen=True, slots=True)
class SumQuestion(Question):
    """One whose answer is a sum alone, so that hours that are kept make a long window cheap."""

    to: AskedKeptTo = None


async def evaluated(context: TheContext, question: Annotated[Question, Depends()]) -> Evaluated:
    """The window that was asked for with its facts, or a Problem that says what is wrong with the question."""
    machines_of(context.plant, question.id_)
    async with context.pool.connection(LEND_S) as conn, snapshot_at(conn, question.as_of) as snapshot:
        return await evaluated_in(conn, context.plant, question, snapshot)


async def evaluated_in(conn: Connection, plant: Plant, question: Question, snapshot: Snapshot) -> Evaluated:
    """As `evaluated`, from a view of the database from which more is read."""
    ids = machines_of(plant, question.id_)
    asked = await _asked(conn, plant, question, snapshot)
    facts = await read_facts(conn, plant, ids, *asked.span, snapshot.as_of_us, told_us=snapshot.told_us)
    evaluation = evaluation_of(plant, asked.calendar, asked.ideal, *asked.span, asked.policy)
    return Evaluated(
        **_fields(asked), facts=facts, machines=measured_machines(plant, question.id_), evaluation=evaluation
    )


async def summed(context: TheContext, question: Annotated[SumQuestion, Depends()]) -> Summed:
    """As judged, with the sum alone; where hours are kept, a window may be longer."""
    plant = context.plant
    equipment_of(plant, question.id_)
    async with context.pool.connection(LEND_S) as conn, snapshot_at(conn, question.as_of) as snapshot:
        kept = not snapshot.past and policy_named(plant, question.policy).name == plant.policy
        asked = await _asked(conn, plant, question, snapshot, LONGEST_KEPT_US if kept else LONGEST_US)
        if kept:
            ground = Ground(plant, asked.calendar, asked.ideal, asked.policy, snapshot.at_us, snapshot.told_us)
            return Summed(**_fields(asked), elements=await window_elements(conn, ground, asked.equipment, *asked.span))
        ids = [machine.id for machine in measured_machines(plant, question.id_)]
        facts = await read_facts(conn, plant, ids, *asked.span, snapshot.as_of_us, told_us=snapshot.told_us)
    evaluation = evaluation_of(plant, asked.calendar, asked.ideal, *asked.span, asked.policy)
    return Summed(**_fields(asked), elements=equipment_elements(plant, question.id_, facts, evaluation))


async def _asked(
    conn: Connection, plant: Plant, question: Question, snapshot: Snapshot, longest_us: int = LONGEST_US
) -> Asked:
    chosen = policy_named(plant, question.policy)
    calendar = await read_calendar(conn, plant.site, snapshot.as_of_us)
    span, asked_to = asked_window(calendar, question.window, question.from_, question.to, snapshot.end_us, longest_us)
    ideal = await read_ideal(conn, plant, snapshot.as_of_us)
    if question.policy is None and snapshot.past:
        chosen = await policy_then(conn, snapshot.as_of_us) or chosen
    waits = not snapshot.past and await late_waits(conn, machines_of(plant, question.id_), span)
    return Asked(question.id_, span, asked_to, snapshot, calendar, ideal, chosen, waits)


def _fields(asked: Asked) -> dict[str, Any]:
    return {field.name: getattr(asked, field.name) for field in fields(Asked)}


TheEvaluated = Annotated[Evaluated, Depends(evaluated)]
TheSum = Annotated[Summed, Depends(summed)]
