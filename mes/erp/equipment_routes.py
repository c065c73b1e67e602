"""/api/v1/equipment: hierarchy, states, counts, KPIs."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from contract.database import queries
from contract.sample import State, from_us, to_us
from mes.bounds import Instant
from mes.calendar import read_calendar
from mes.erp import cursor as cursors
from mes.erp.alarm_routes import Cursor, Limit
from mes.erp.beside import HeavyRoute
from mes.erp.equipment import equipment, equipment_of, machine_of, machines_of
from mes.erp.freshness import newest_data
from mes.erp.house import LEND_S, TheHouse
from mes.erp.judged import EquipmentId, TheSum
from mes.erp.known import AsOf, finality, knowing
from mes.erp.kpi_models import KpisAnswer
from mes.erp.kpis import elements_answer, kpi_answers, result_ids
from mes.erp.models import CountsAnswer, CurrentState, Equipment, Page, StateInterval
from mes.erp.result_id import ALL
from mes.erp.state_pages import state_page
from mes.erp.windows import given_window
from mes.kpi import completeness, exacts
from mes.reader import read_facts
from mes.rollup import equipment_counts

SQL = queries("mes", "erp/queries.sql")
router = APIRouter(tags=["equipment"])
heavy = APIRouter(tags=["equipment"], route_class=HeavyRoute)
From = Annotated[Instant, Query(alias="from", description="With zone, included.", examples=["2026-01-31T06:00:00Z"])]
To = Annotated[Instant, Query(description="With zone, excluded.", examples=["2026-01-31T14:00:00Z"])]


@router.get("/equipment")
async def list_equipment(house: TheHouse) -> Page[Equipment]:
    """Site, lines and machines; a plant fits on one page."""
    return Page(items=equipment(house.plant), next_cursor=None)


@router.get("/equipment/{id}")
async def one_equipment(house: TheHouse, id_: EquipmentId) -> Equipment:
    """One site, line or machine."""
    return equipment_of(house.plant, id_)


@router.get("/equipment/{id}/state")
async def current_state(house: TheHouse, id_: EquipmentId) -> CurrentState:
    """What a machine does now; a silent machine is in state no_data, never in its last one."""
    machine = machine_of(house.plant, id_)
    now = datetime.now(UTC)
    async with house.pool.connection(LEND_S) as conn:
        asked = {"machines": [id_], "now": now}
        row = await (await conn.execute(SQL["tapes_now"].encode(), asked)).fetchone()
    assert row is not None  # noqa: S101  - one row for each machine that was asked
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
    house: TheHouse,
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
    machine_of(house.plant, id_)
    async with house.pool.connection(LEND_S) as conn, knowing(conn, as_of) as known:
        start, end = given_window(from_, to, known.end_us)
        begin = start if cursor is None else cursors.decode("states", cursor)
        if not start <= begin < end:
            raise cursors.foreign()
        return await state_page(conn, house.plant, id_, (begin, end), known, limit=limit, raw=raw)


@heavy.get("/equipment/{id}/counts")
async def counts(house: TheHouse, id_: EquipmentId, from_: From, to: To, as_of: AsOf = None) -> CountsAnswer:
    """Parts in a window, planned time or not."""
    ids = machines_of(house.plant, id_)
    async with house.pool.connection(LEND_S) as conn, knowing(conn, as_of) as known:
        start, end = given_window(from_, to, known.end_us)
        facts = await read_facts(conn, house.plant, ids, start, end, known.as_of_us, told_us=known.told_us)
        calendar = await read_calendar(conn, house.plant.site, known.as_of_us)
    made = equipment_counts(house.plant, id_, facts)
    return CountsAnswer(
        equipment=id_,
        from_=from_us(start),
        to=from_us(end),
        as_of=from_us(known.at_us),
        **finality(calendar, to_us(to), known),
        total=made.total,
        good=made.good,
        reject=made.reject,
    )


@heavy.get("/equipment/{id}/kpis")
def window_kpis(asked: TheSum) -> KpisAnswer:
    """All KPIs of ISO 22400-2 that the data allows, and TEEP, of a machine, line or site."""
    numbers = exacts(asked.elements, asked.policy)
    ids = result_ids(numbers, asked.policy, asked.equipment, asked.span, asked.known)
    return KpisAnswer(
        id=ids[ALL],
        **asked.judgement(),
        completeness=completeness(asked.elements),
        elements=elements_answer(asked.elements),
        **kpi_answers(asked.elements, asked.policy, numbers, ids),
    )
