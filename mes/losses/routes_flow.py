"""/api/v1/equipment/{line}/flow: who waited for whom, and which machine limits the line."""

from fractions import Fraction

from fastapi import APIRouter

from mes.losses.line_flow import Bottleneck, Share, Why, bottleneck_of, shares_of, waiting_of
from mes.losses.models_flow import BottleneckAnswer, LineAnswer, LineMachineAnswer, WaitingAnswer
from mes.web.context import TheContext
from mes.web.equipment import line_of
from mes.web.store_evaluation import TheEvaluated
from mes.web.workers import HeavyRoute

router = APIRouter(tags=["equipment"], route_class=HeavyRoute)


@router.get("/equipment/{id}/flow")
def flow(context: TheContext, asked: TheEvaluated) -> LineAnswer:
    """A line's bottleneck with its evidence, and starved and blocked time by the machine that caused it."""
    machines = line_of(context.plant, asked.equipment).machines
    waiting = waiting_of(machines, asked.facts, asked.evaluation)
    shares = shares_of(machines, asked.facts, asked.evaluation, waiting)
    return LineAnswer(
        **asked.judgement(),
        bottleneck=_bottleneck(bottleneck_of(shares, waiting)),
        machines=[_machine(share) for share in shares],
        waiting=[_waiting(why, us) for why, us in waiting.items()],
    )


def _bottleneck(found: Bottleneck) -> BottleneckAnswer:
    return BottleneckAnswer(
        equipment=found.machine,
        ground=found.ground,
        certain=found.certain,
        lead_us=found.lead_us,
        doubt_us=found.doubt_us,
    )


def _machine(share: Share) -> LineMachineAnswer:
    e = share.elements
    seen = e.planned - e.no_data
    return LineMachineAnswer(
        equipment=share.machine,
        planned_us=e.planned,
        no_data_us=e.no_data,
        starved_us=e.starved,
        blocked_us=e.blocked,
        working=float(Fraction(seen - e.starved - e.blocked, seen)) if seen else None,
        holds_up_stopped_us=share.holds_up_stopped,
        holds_up_running_us=share.holds_up_running,
    )


def _waiting(why: Why, us: int) -> WaitingAnswer:
    return WaitingAnswer(
        equipment=why.machine,
        waits=why.waits.name.lower(),
        cause=why.cause,
        by=why.by,
        state=None if why.state is None else why.state.name.lower(),
        reason=why.reason,
        us=us,
    )
