"""/api/v1/calendar: the working time of the site and its dated exceptions."""

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from config.calendar import Kind
from config.zones import zone_rules
from contract.sample import from_us
from mes.calendar.store import (
    OVERRIDE_KNOWN,
    add_override,
    all_overrides,
    override_in_force,
    overrides_of_days,
    read_calendar,
)
from mes.erp.calendar_answers import (
    day_answer,
    need_sense,
    override_answer,
    row_of,
    says_the_same,
)
from mes.erp.models_calendar import CalendarAnswer, HolidayBody, OverrideAnswer, OverrideBody
from mes.feed.routes_idempotency import OnceRoute, TheOnce
from mes.feed.store_idempotency import Once
from mes.keeper.store_changes import wake_keeper
from mes.web import cursor as cursors
from mes.web.bounds import Day, PlantId
from mes.web.context import LEND_S, Context, TheContext, who_does
from mes.web.cursor import Cursor, Limit
from mes.web.models import By, Page, Person, Why
from mes.web.problems import Problem
from mes.web.snapshot import AsOf
from mes.web.store_snapshot import snapshot_at, until_known
from mes.web.windows import Longest
from mes.web.workers import HeavyRoute
from runtime.lending import Connection

router = APIRouter(tags=["calendar"], route_class=OnceRoute)
heavy = APIRouter(tags=["calendar"], route_class=HeavyRoute)
MOST_DAYS = 366
DayPath = Annotated[Day, Path(description="A production day.", examples=["2026-02-17"])]
ShiftId = Annotated[PlantId, Path(description="A shift id.", examples=["night"])]
PENDING: dict[int | str, dict[str, Any]] = {
    202: {"model": OverrideAnswer, "description": "Put down; numbers do not follow it yet."}
}


@heavy.get("/calendar")
async def calendar_days(
    context: TheContext,
    from_: Annotated[Day, Query(alias="from", description="Production day, included.", examples=["2026-02-01"])],
    to: Annotated[
        Day,
        Query(
            description=f"Production day, excluded; {MOST_DAYS} at most.",
            examples=["2026-03-01"],
        ),
        Longest(MOST_DAYS),
    ],
    as_of: AsOf = None,
) -> CalendarAnswer:
    """Production days with their shifts, exceptions included, as they are known or were known at `as_of`."""
    async with context.pool.connection(LEND_S) as conn, snapshot_at(conn, as_of) as known:
        calendar = await read_calendar(conn, context.plant.site, known.as_of_us)
        rows = await overrides_of_days(conn, from_, to, known.as_of_us)
    overrides = [answer for row in rows if (answer := override_answer(row)).kind is not Kind.WITHDRAWN]
    return CalendarAnswer(
        zone=calendar.zone,
        zone_rules=zone_rules(calendar.zone),
        as_of=from_us(known.at_us),
        days=[day_answer(calendar, from_ + timedelta(days=n), overrides) for n in range((to - from_).days)],
    )


@router.get("/calendar/overrides")
async def list_overrides(context: TheContext, limit: Limit = 100, cursor: Cursor = None) -> Page[OverrideAnswer]:
    """Every exception ever put down and every end of one, the newest first."""
    before = None if cursor is None else cursors.decode("overrides", cursor)
    async with context.pool.connection(LEND_S) as conn:
        rows = await all_overrides(conn, before, limit + 1)
    found = [override_answer(row) for row in rows[:limit]]
    return Page(items=found, next_cursor=cursors.encode("overrides", found[-1].id) if len(rows) > limit else None)


@router.put("/calendar/{day}", responses=PENDING)
async def put_holiday(
    context: TheContext, request: Request, response: Response, day: DayPath, body: HolidayBody, once: TheOnce
) -> OverrideAnswer:
    """A holiday: no shift of the week works on this production day. Sending it twice is sending it once."""
    return await _put(context, request, response, (day, ""), body, once)


@router.put("/calendar/{day}/{shift}", responses=PENDING)
async def put_override(
    context: TheContext,
    request: Request,
    response: Response,
    day: DayPath,
    shift: ShiftId,
    body: OverrideBody,
    once: TheOnce,
) -> OverrideAnswer:
    """An exception for one shift of one day; it takes the place of an earlier one. Sending it twice is sending it once.

    Days that are final may be changed: their numbers are then restated.
    """
    async with context.pool.connection(LEND_S) as conn:
        calendar = await read_calendar(conn, context.plant.site)
    need_sense(calendar, day, shift, body)
    return await _put(context, request, response, (day, shift), body, once)


@router.delete("/calendar/{day}", responses=PENDING)
async def delete_holiday(
    context: TheContext,
    request: Request,
    response: Response,
    day: DayPath,
    by: Annotated[By, Query()],
    why: Annotated[Why, Query()],
    once: TheOnce,
) -> OverrideAnswer:
    """The day is no holiday after all."""
    return await _withdraw(context, request, response, (day, ""), Person(by=by, why=why), once)


@router.delete("/calendar/{day}/{shift}", responses=PENDING)
async def delete_override(
    context: TheContext,
    request: Request,
    response: Response,
    day: DayPath,
    shift: ShiftId,
    by: Annotated[By, Query()],
    why: Annotated[Why, Query()],
    once: TheOnce,
) -> OverrideAnswer:
    """The shift works as the week says after all."""
    return await _withdraw(context, request, response, (day, shift), Person(by=by, why=why), once)


async def _put(
    context: Context,
    request: Request,
    response: Response,
    place: tuple[date, str],
    body: HolidayBody | OverrideBody,
    once: Once,
) -> OverrideAnswer:
    row = row_of(place, body.kind, who_does(context, request, body.by), body)
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        newest = await _newest(conn, place)
        if newest is not None and says_the_same(newest, row):
            await once.keep(conn, 200, newest)
            return newest
        id_ = await _added(conn, row, place, once)
    return await _answer(context, response, place, id_)


async def _withdraw(
    context: Context, request: Request, response: Response, place: tuple[date, str], person: Person, once: Once
) -> OverrideAnswer:
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        newest = await _newest(conn, place)
        if newest is None or newest.kind is Kind.WITHDRAWN:
            where = f"{place[0]}, shift '{place[1]}'" if place[1] else str(place[0])
            raise Problem(404, f"There is no exception for {where}.", "GET /api/v1/calendar lists those that hold.")
        row = row_of(place, Kind.WITHDRAWN, who_does(context, request, person.by), person)
        id_ = await _added(conn, row, place, once)
    return await _answer(context, response, place, id_)


async def _added(conn: Connection, row: dict[str, Any], place: tuple[date, str], once: Once) -> int:
    id_ = await add_override(conn, row)
    await wake_keeper(conn)
    newest = await _newest(conn, place)
    assert newest is not None  # noqa: S101  - it was put down just now
    await once.keep(conn, 202, newest)
    return id_


async def _answer(context: Context, response: Response, place: tuple[date, str], id_: int) -> OverrideAnswer:
    if not await until_known(context, OVERRIDE_KNOWN, id_):
        response.status_code = 202
    async with context.pool.connection(LEND_S) as conn:
        newest = await _newest(conn, place)
    assert newest is not None  # noqa: S101  - it was put down just now and nothing is ever deleted
    return newest


async def _newest(conn: Connection, place: tuple[date, str]) -> OverrideAnswer | None:
    row = await override_in_force(conn, *place)
    return None if row is None else override_answer(row)
