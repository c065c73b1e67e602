"""/api/v1/equipment: hierarchy, states, counts, KPIs."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from contract.sample import State, from_us, to_us
from mes.calendar.store import read_calendar
from mes.erp.store_states import state_page
from mes.facts.freshness import newest_data
from mes.facts.store import read_facts
from mes.facts.store_tapes import tapes_now
from mes.kpi.formulas import completeness, exacts
from mes.kpi.rollup import equipment_counts
from mes.web import cursor as cursors
from mes.web.context import LEND_S, TheContext
from mes.web.cursor import Cursor, Limit
from mes.web.equipment import equipment, equipment_of, machine_of, machines_of
from mes.web.kpi_answers import elements_answer, kpi_answers, result_ids
from mes.web.kpi_models import KpisAnswer
from mes.web.models import CountsAnswer, CurrentState, Equipment, Page, StateInterval
from mes.web.result_id import ALL
from mes.web.snapshot import AsOf, finality
from mes.web.store_evaluation import EquipmentId, TheSum
from mes.web.store_snapshot import snapshot_at
from mes.web.windows import From, To, given_window
from mes.web.workers import HeavyRoute

router = APIRouter(tags=["equipment"])
heavy = APIRouter(tags=["equipment"], route_class=HeavyRoute)


@router.get("/equipment")
async def list_equipment(context: TheContext) -> Page[Equipment]:
    """Site, lines and machines; a plant fits on one page."""
    return Page(items=equipment(context.plant), next_cursor=None)


@router.get("/equipment/{id}")
async def one_equipment(context: TheContext, id_: EquipmentId) -> Equipment:
    """One site, line or machine."""
    return equipment_of(context.plant, id_)


@router.get("/equipment/{id}/state")
async def current_state(context: TheContext, id_: EquipmentId) -> CurrentState:
    """What a machine does now; a silent machine is in state no_data, never in its last one."""
    machine = machine_of(context.plant, id_)
    now = datetime.now(UTC)
    async with context.pool.connection(LEND_S) as conn:
        [row] = await tapes_now(conn, [id_], now)
    _, since, state, newest_at, newest_state, product = row
    data_at = newest_data(newest_at, newest_state, now, machine.no_data_after)
    return CurrentState(
        equipment=id_,
        state=State(state or 0).name.lower(),
        since=since,
        product=product,
        data_at=data_at,
        age_s=None if data_at is None else (now - data_at).total_seconds(),
    )


@heavy.get("/equipment/{id}/states")
async def states(
    context: TheContext,
    id_: EquipmentId,
    *,
    from_: From,
    to: To,
    as_of: AsOf = None,
    raw: Annotated[bool, Query(description="true: as the samples alone have it, without anybody's edits.")] = False,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[StateInterval]:
    """The state tape of a machine in a window, oldest first, without hole or overlap."""
    machine_of(context.plant, id_)
    async with context.pool.connection(LEND_S) as conn, snapshot_at(conn, as_of) as known:
        start, end = given_window(from_, to, known.end_us)
        begin = start if cursor is None else cursors.decode("states", cursor)
        if not start <= begin < end:
            raise cursors.foreign()
        return await state_page(conn, context.plant, id_, (begin, end), known, limit=limit, raw=raw)


@heavy.get("/equipment/{id}/counts")
async def counts(context: TheContext, id_: EquipmentId, from_: From, to: To, as_of: AsOf = None) -> CountsAnswer:
    """Parts in a window, planned time or not."""
    ids = machines_of(context.plant, id_)
    async with context.pool.connection(LEND_S) as conn, snapshot_at(conn, as_of) as known:
        start, end = given_window(from_, to, known.end_us)
        facts = await read_facts(conn, context.plant, ids, start, end, known.as_of_us, told_us=known.told_us)
        calendar = await read_calendar(conn, context.plant.site, known.as_of_us)
    made = equipment_counts(context.plant, id_, facts)
    return CountsAnswer(
        equipment=id_,
        from_=from_us(start),
        to=from_us(end),
        as_of=from_us(known.at_us),
        **finality(calendar, to_us(to), known),
        total=made.total,
        good=made.good,
        scrap=made.scrap,
    )


@heavy.get("/equipment/{id}/kpis")
def window_kpis(asked: TheSum) -> KpisAnswer:
    """All KPIs of ISO 22400-2 that the data allows, and TEEP, of a machine, line or site."""
    numbers = exacts(asked.elements, asked.policy)
    ids = result_ids(numbers, asked.policy, asked.equipment, asked.span, asked.snapshot)
    return KpisAnswer(
        id=ids[ALL],
        **asked.judgement(),
        completeness=completeness(asked.elements),
        elements=elements_answer(asked.elements),
        **kpi_answers(asked.elements, asked.policy, numbers, ids),
    )
