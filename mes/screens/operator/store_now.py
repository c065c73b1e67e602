"""Database → what an operator at one machine needs now."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from config.device import Machine, Name
from config.plant import Line
from contract.sample import from_us, to_us
from mes.calendar.store import read_calendar
from mes.facts.reported import NONE
from mes.losses.stop_list import Stop, stops_of
from mes.losses.store_edits import edits
from mes.losses.suggestions import Choice, choices_of, open_first, with_reasons
from mes.maintenance.models import CallAnswer
from mes.maintenance.store_calls import calls
from mes.orders.models import OperationAnswer, OrderAnswer
from mes.orders.operation_states import State
from mes.orders.products.store import product_names
from mes.orders.quantities.booked import counted
from mes.orders.quantities.models import QuantityAnswer, ReasonAnswer
from mes.orders.quantities.store import booked, quantities
from mes.orders.quantities.store_reasons import reasons
from mes.orders.store_list import orders_at
from mes.quality.chart_svg import Drawing, points_drawing
from mes.quality.due import Due
from mes.quality.entry import Field, fields_of
from mes.quality.models import DueRow, PlanAnswer
from mes.quality.store_charts import chart_of
from mes.quality.store_due import due_now
from mes.quality.store_plans import plan_of
from mes.screens.wall.broadcast_loop import Channel
from mes.screens.wall.store_wall import LineReader
from mes.screens.wall.tiles import Tile
from mes.screens.wall.view import LineView
from mes.web.context import LEND_S, Context
from mes.web.snapshot import Snapshot
from mes.web.store_snapshot import snapshot_at
from runtime.lending import Connection

NEXT_ORDERS = 5
EDITS_BACK = timedelta(days=30)
DAY_US = 86_400_000_000
CHART_POINTS = 40


@dataclass(frozen=True, slots=True)
class Report:
    """What counters have told since the last report; None where they tell nothing of it."""

    since: datetime
    good: Decimal | None
    scrap: Decimal | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Check:
    """An inspection that is due, its fields, and the chart of what it measures first."""

    due: DueRow
    plan: PlanAnswer
    fields: list[Field]
    chart: Drawing | None


@dataclass(frozen=True, slots=True)
class Now:
    """A machine as its operator sees it."""

    machine: Machine
    view: LineView
    tile: Tile
    stop: Stop | None
    choices: list[Choice]
    more_stops: int
    running: tuple[OrderAnswer, OperationAnswer] | None
    next: list[tuple[OrderAnswer, OperationAnswer]]
    names: dict[str, Name]
    elsewhere: Machine | None
    report: Report | None
    reported: list[QuantityAnswer]
    reasons: list[ReasonAnswer]
    checks: list[Check]
    calls: dict[str, CallAnswer]


async def now_of(context: Context, line: Line, machine: Machine, channel: Channel[LineView], reader: LineReader) -> Now:
    """What is known now; facts as the wall has them, so that both say the same."""
    seen = await channel.glance()
    tile = next(tile for tile in seen.look.tiles if tile.machine.id == machine.id)
    facts = reader.facts[machine.id]
    async with context.pool.connection(LEND_S) as conn, snapshot_at(conn, None) as known:
        made = await edits(conn, [machine.id], from_=from_us(seen.look.now_us) - EDITS_BACK, limit=200)
        stops = with_reasons(stops_of(context.plant, {machine.id: facts}, made), made, context.plant.reasons)
        there = await orders_at(conn, context.plant, machine.id, line.id, NEXT_ORDERS)
        first = there[0] if there and there[0][1].state in (State.RUNNING, State.INTERRUPTED) else None
        # An order of the line is counted, and reported, where the line counts.
        output = context.plant.machine(line.output_machine)
        elsewhere = output if first and first[1].machine is None and output.id != machine.id else None
        asked = stop = open_first(stops)
        if stop is not None:
            # What is not known yet cannot be said why of.
            stop = replace(stop, to_us=max(stop.from_us + 1, min(stop.to_us, known.end_us)))
        return Now(
            machine=machine,
            view=seen.look,
            tile=tile,
            stop=stop,
            choices=choices_of(stop, made) if stop else [],
            more_stops=sum(1 for one in stops if one.reason is None and one is not asked),
            running=first,
            next=[one for one in there if one is not first],
            names=await product_names(conn, context.plant, {order.product for order, _ in there}),
            elsewhere=elsewhere,
            report=await _report(conn, context, first[1], seen.look.now_us) if first and not elsewhere else None,
            reported=await quantities(conn, operation=first[1].id, most=3) if first else [],
            reasons=[one for one in await reasons(conn, "scrap") if not one.retired],
            checks=await _checks(conn, context, machine),
            calls={one.kind: one for _, one in await calls(conn, open_=True, machine=machine.id)},
        )


async def _report(conn: Connection, context: Context, operation: OperationAnswer, now_us: int) -> Report | None:
    """What was counted since somebody reported last, or since the operation began."""
    if operation.begun_at is None:
        return None
    rows = await quantities(conn, operation=operation.id, most=20)
    since = max((row.made_at for row in rows if row.corrects is None), default=operation.begun_at)
    reason = next((row.reason for row in rows if row.reason), None)
    window = (min(to_us(since), now_us - 1), now_us)
    calendar = await read_calendar(conn, context.plant.site)
    known = Snapshot(now_us, False, now_us, b"")
    found = await booked(conn, context.plant, calendar, window, known, operation=operation.id)
    good, scrap = counted(found[0].counts, found[0].counters) if found else (None, None)
    return Report(since, None if good is None else max(NONE, good), scrap, reason)


async def _checks(conn: Connection, context: Context, machine: Machine) -> list[Check]:
    found = []
    answer = await due_now(conn, context.plant)
    for row in answer.items:
        if row.machine != machine.id or row.due is not Due.DUE:
            continue
        plan = await plan_of(conn, row.plan)
        fields = fields_of(plan)
        chart = None
        if fields:
            span = (to_us(answer.as_of) - 7 * DAY_US, to_us(answer.as_of))
            first = fields[0].asked.id
            chart = points_drawing(await chart_of(conn, context.plant, first, span, machine.id, most=CHART_POINTS))
        found.append(Check(row, plan, fields, chart))
    return found
