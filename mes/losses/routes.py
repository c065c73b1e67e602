"""/api/v1/equipment/{id}/losses, /stops, /cycles, /compare: where planned time went, and by whose reckoning."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from mes.kpi.rollup import equipment_elements
from mes.losses.answers import (
    bin_answer,
    lost_answer,
    not_losses,
    pareto_answer,
    six_losses,
    stop_answer,
    typical_answer,
)
from mes.losses.compare import moves_of, together
from mes.losses.compare_answers import changed, move_answer, two_kpis
from mes.losses.cycle_times import Shown, cycles_of, histogram, typical
from mes.losses.models import LossesAnswer, StopsAnswer
from mes.losses.models_compare import CompareAnswer
from mes.losses.models_cycles import CyclesAnswer
from mes.losses.six_big_losses import Where, added, balance_of, whole
from mes.losses.stops import stops_of
from mes.losses.store_cycles import shown_cycles
from mes.web import cursor as cursors
from mes.web.bounds import PlantId
from mes.web.context import TheContext
from mes.web.cursor import Cursor, Limit
from mes.web.kpi_answers import elements_answer, policy_answer, policy_named
from mes.web.store_evaluation import TheEvaluated
from mes.web.workers import HeavyRoute

router = APIRouter(tags=["equipment"], route_class=HeavyRoute)


@router.get("/equipment/{id}/losses")
def losses(context: TheContext, asked: TheEvaluated) -> LossesAnswer:
    """The six big losses in minutes and in parts; with good ideal time they add up to planned busy time exactly."""
    balance = added(balance_of(machine, asked.facts[machine.id], asked.evaluation) for machine in asked.machines)
    elements = equipment_elements(context.plant, asked.equipment, asked.facts, asked.evaluation)
    return LossesAnswer(
        **asked.judgement(),
        planned=lost_answer(whole(balance)),
        good=lost_answer(balance[Where.GOOD]),
        losses=six_losses(balance),
        others=not_losses(balance),
        undecided_us=elements.undecided,
        unobserved_us=elements.unobserved,
        bridged=elements.bridged,
    )


@router.get("/equipment/{id}/stops")
def stops(context: TheContext, asked: TheEvaluated, limit: Limit = 100, cursor: Cursor = None) -> StopsAnswer:
    """Stops of a machine, line or site: a Pareto by reason and by state, and the stops themselves in pages."""
    position = 0 if cursor is None else cursors.decode("stops", cursor)
    found = [
        stop for machine in asked.machines for stop in stops_of(machine, asked.facts[machine.id], asked.evaluation)
    ]
    found.sort(key=lambda stop: (stop.begin_us, stop.machine))
    if not 0 <= position <= len(found):
        raise cursors.foreign()
    page, more = found[position : position + limit], len(found) > position + limit
    return StopsAnswer(
        **asked.judgement(),
        pareto=pareto_answer(context.plant, found),
        items=[stop_answer(stop) for stop in page],
        next_cursor=cursors.encode("stops", position + limit) if more else None,
    )


@router.get("/equipment/{id}/cycles")
def cycles(asked: TheEvaluated, shown: Annotated[dict[str, Shown], Depends(shown_cycles)]) -> CyclesAnswer:
    """How long parts took, as a histogram against the ideal cycle, and typically by product.

    Where a machine has a tag with role cycle_time, its own times count.
    """
    found = {m.id: cycles_of(m, asked.facts[m.id], asked.evaluation, shown.get(m.id)) for m in asked.machines}
    return CyclesAnswer(
        **asked.judgement(),
        histogram=[bin_answer(one) for one in histogram(list(found.values()))],
        typical=[typical_answer(id_, one) for id_, measured in found.items() for one in typical(measured)],
        measured=sum(sum(one.parts.tolist()) for one in found.values()),
        unmeasured=sum(one.unmeasured for one in found.values()),
    )


@router.get("/equipment/{id}/compare")
def compare(
    context: TheContext,
    asked: TheEvaluated,
    with_: Annotated[PlantId, Query(alias="with", description="The other policy.", examples=["tpm-classic"])],
) -> CompareAnswer:
    """A window by two policies, and the difference explained line by line."""
    other = policy_named(context.plant, with_, "query.with")
    one, evaluation = asked.evaluation, replace(asked.evaluation, policy=other)
    moves = together(moves_of(machine, asked.facts[machine.id], one, other) for machine in asked.machines)
    elements, others = (equipment_elements(context.plant, asked.equipment, asked.facts, by) for by in (one, evaluation))
    by_policy, by_other = (one.policy, elements), (other, others)
    return CompareAnswer(
        **asked.judgement(),
        other=policy_answer(other),
        moves=[move_answer(what, moved) for what, moved in moves.items()],
        difference=changed(others - elements),
        elements=elements_answer(elements),
        kpis=two_kpis(by_policy, by_other, asked.equipment, asked.span, asked.snapshot),
    )
