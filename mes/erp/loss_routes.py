"""/api/v1/equipment/{id}/losses and /stops: where planned time went, and which stops took it."""

from fastapi import APIRouter

from mes.erp import cursor as cursors
from mes.erp.alarm_routes import Cursor, Limit
from mes.erp.house import TheHouse
from mes.erp.judged import TheJudged
from mes.erp.loss_models import LossesAnswer, StopsAnswer
from mes.erp.losses import lost_answer, not_losses, pareto_answer, six_losses, stop_answer
from mes.losses import Where, added, balance_of, whole
from mes.rollup import equipment_elements
from mes.stops import stops_of

router = APIRouter(tags=["equipment"])


@router.get("/equipment/{id}/losses")
async def losses(house: TheHouse, asked: TheJudged) -> LossesAnswer:
    """The six big losses in minutes and in parts; with good ideal time they add up to planned busy time exactly."""
    balance = added(balance_of(machine, asked.facts[machine.id], asked.terms) for machine in asked.machines)
    elements = equipment_elements(house.plant, asked.equipment, asked.facts, asked.terms)
    return LossesAnswer(
        **asked.judgement(),
        planned=lost_answer(whole(balance)),
        good=lost_answer(balance[Where.GOOD]),
        losses=six_losses(balance),
        others=not_losses(balance),
        undecided_us=elements.undecided,
        blind_us=elements.blind,
        unseen=elements.unseen,
    )


@router.get("/equipment/{id}/stops")
async def stops(house: TheHouse, asked: TheJudged, limit: Limit = 100, cursor: Cursor = None) -> StopsAnswer:
    """Stops of a machine, line or site: a Pareto by reason and by state, and the stops themselves in pages."""
    position = 0 if cursor is None else cursors.decode("stops", cursor)
    found = [stop for machine in asked.machines for stop in stops_of(machine, asked.facts[machine.id], asked.terms)]
    found.sort(key=lambda stop: (stop.begin_us, stop.machine))
    if not 0 <= position <= len(found):
        raise cursors.foreign()
    page, more = found[position : position + limit], len(found) > position + limit
    return StopsAnswer(
        **asked.judgement(),
        pareto=pareto_answer(house.plant, found),
        items=[stop_answer(stop) for stop in page],
        next_cursor=cursors.encode("stops", position + limit) if more else None,
    )
