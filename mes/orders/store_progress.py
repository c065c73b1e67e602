"""The progress of running orders: read from facts, judged by the pure part, kept for walls, pages and alarms."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import structlog

from config.calendar import Calendar
from config.device import Machine, Role
from config.plant import Plant
from config.shifts import merge, planned_spans
from contract.sample import MICROSECOND, from_us, to_us
from mes.calendar.store import read_calendar
from mes.facts.model import Int64
from mes.facts.source_tags import REPORTED
from mes.facts.store import latest
from mes.orders.binding import Binding, Situation, binding_of
from mes.orders.forecast import LEAST_BINS, bins_of, forecast
from mes.orders.operation_states import Condition, State, Substate
from mes.orders.progress import LOOK_BACK_US, Made, Order, Progress, common, last_of, progress_of, spans_of
from mes.orders.wish import counting_machine
from runtime.database import queries
from runtime.lending import Connection

log = structlog.get_logger()
SQL = queries("mes.orders")
# An order that would take longer than this has no expected end worth showing.
FAR_US = 90 * 86_400_000_000
# Changes of a product or order tag that are looked back over: far more than two hours of work have.
MOST_CHANGES = 5000
MOST_OPERATIONS = 1000
# So many that have ended are counted again in one refresh.
MOST_OVER = 20


HISTORY_US = 14 * 86_400_000_000
# History is read anew after this: it costs more than all the rest, and changes slowly.
HISTORY_HOLDS_US = 600 * 1_000_000
Histories = dict[tuple[str, str], tuple[int, Int64]]


@dataclass(frozen=True, slots=True)
class InProgress:
    """An operation that has begun or may begin, its quantity in counted parts, and the machine whose parts are its."""

    id: UUID
    order: Order
    counting: str | None
    condition: Condition
    units_per_count: Decimal
    by_counter: bool


async def operations_in_progress(conn: Connection, now_us: int) -> list[InProgress]:
    """Operations that have begun and not ended, and those that may begin, the sooner due first."""
    return await _operations(conn, "operations_in_progress", {"now": from_us(now_us), "most": MOST_OPERATIONS})


async def _over(conn: Connection, now_us: int) -> list[InProgress]:
    """Operations that have ended and whose good parts may be others than was told last."""
    return await _operations(conn, "operations_over", {"now": from_us(now_us), "most": MOST_OVER})


async def _operations(conn: Connection, name: str, asked: dict[str, Any]) -> list[InProgress]:
    rows = await (await conn.execute(SQL[name], asked)).fetchall()
    return [
        InProgress(
            row[0],
            Order(
                id=row[1],
                product=row[2],
                quantity=row[3] / row[12],
                due_us=to_us(row[4]),
                machine=row[5],
                line=row[6],
                started_us=None if row[7] is None else to_us(row[7]),
                was_late=bool(row[8]),
            ),
            row[9],
            Condition(State(row[10]), Substate(row[11])),
            *row[12:14],
        )
        for row in rows
    ]


async def tell_faulty(conn: Connection, told: set[str]) -> None:
    """Once of each order that is passed over because its due time is impossible; `told` remembers them."""
    faulty = {row[0] for row in await (await conn.execute(SQL["faulty_orders"])).fetchall()}
    for order in sorted(faulty - told):
        log.warning(
            "order_faulty", order=order, reason="its due time is impossible", cure=f"PUT /api/v1/orders/{order}"
        )
    told.clear()
    told.update(faulty)


async def refresh_progress(
    conn: Connection, plant: Plant, now_us: int, histories: Histories | None = None
) -> list[tuple[Order, Progress]]:
    """Compute and store the progress of all that can be worked on; what is made nowhere in the plant is left out.

    `histories` keeps what machines made lately from one refresh to the next.
    """
    there, found = await operations_in_progress(conn, now_us), []
    over = await _over(conn, now_us)
    if not there and not over:
        return []
    calendar = await read_calendar(conn, plant.site)
    ahead = planned_spans(calendar, now_us, now_us + FAR_US)
    machines = {machine.id: machine for machine in plant.machines}
    for one in over:
        made = await _made(conn, one, machines.get(_counting(plant, one) or ""), calendar, now_us)
        good = None if made is None else made.done * one.units_per_count
        await conn.execute(SQL["put_good"], {"id": one.id, "good": good, "as_of": from_us(now_us)})
    states = await latest(conn, plant, now_us)
    # When each machine is free of the order that it has, as far as that is known.
    free: dict[str, tuple[str, int | None]] = {}
    for one in there:
        counting = _counting(plant, one)
        if counting not in machines:
            continue
        made = await _made(conn, one, machines[counting], calendar, now_us)
        other = None if one.condition.has_run else free.get(counting)
        history = await _history(conn, machines[counting], one.order, calendar, now_us, histories)
        left = None if made is None else float(one.order.quantity - made.done)
        rest = None if left is None or (other and other[1] is None) else forecast(history, left)
        begins_us = other[1] if other and other[1] is not None else now_us
        planned = [(max(start, begins_us), end) for start, end in ahead if end > begins_us]
        progress = progress_of(one.order, made, planned, now_us, rest)
        situation = Situation(one.condition, states[counting].state, other and other[0])
        await conn.execute(SQL["put_progress"], _row(one, progress, now_us, binding_of(progress.late, situation)))
        if one.condition.has_run or other:
            free[counting] = (one.order.id, progress.expected_end_us)
        if one.order.started_us is not None:
            found.append((one.order, progress))
    return found


async def _history(
    conn: Connection, machine: Machine, order: Order, calendar: Calendar, now_us: int, kept: Histories | None
) -> Int64:
    """Good parts of a machine in bins of time in which it made this product, or any where that is too little."""
    key = (machine.id, order.product)
    if kept is not None and key in kept and now_us - kept[key][0] < HISTORY_HOLDS_US:
        return kept[key][1]
    window = {"machine": machine.id, "from": from_us(now_us - HISTORY_US), "to": from_us(now_us), "most": MOST_CHANGES}
    counted = _counted(machine)
    window |= {"counters": list(counted), "factors": list(counted.values())}
    rows = await (await conn.execute(SQL["output_by_minute"], window)).fetchall()
    minutes, parts = (np.array([row[n] for row in rows], np.int64) for n in (0, 1))
    worked = planned_spans(calendar, now_us - HISTORY_US, now_us)
    runs = await (await conn.execute(SQL["machine_runs"], window)).fetchall()
    worked = common(worked, merge((to_us(start), to_us(end)) for start, end in runs)) if runs else worked
    found = bins_of(minutes, parts, worked)
    if machine.tag_of(Role.PRODUCT):
        shown = spans_of(await _changes(conn, "product_changes", window), order.product, now_us)
        own = bins_of(minutes, parts, common(worked, shown))
        found = own if len(own) >= LEAST_BINS else found
    if kept is not None:
        kept[key] = (now_us, found)
    return found


def _counted(machine: Machine) -> dict[str, int]:
    """Whose steps are good parts, and what each adds; none where nothing is counted."""
    if machine.tag_of(Role.GOOD_COUNT):
        return {"good": 1, REPORTED: -1}
    return {"total": 1, "scrap": -1, REPORTED: -1} if machine.tag_of(Role.TOTAL_COUNT) else {}


def _counting(plant: Plant, one: InProgress) -> str | None:
    return one.counting or counting_machine(plant, one.order.machine, one.order.line)


async def _made(
    conn: Connection, one: InProgress, machine: Machine | None, calendar: Calendar, until_us: int
) -> Made | None:
    """What was made in the runs of an operation, and in how much planned time; None where nothing is counted."""
    if machine is None:
        return None
    counted, order = _counted(machine), one.order
    if not counted or not one.by_counter:
        return None
    if order.started_us is None:
        return Made(0, 0, 0)
    window = {"machine": machine.id, "from": from_us(order.started_us), "to": from_us(until_us), "most": MOST_CHANGES}
    window |= {"id": one.id}
    runs = await (await conn.execute(SQL["runs_until"], window)).fetchall()
    planned = planned_spans(calendar, order.started_us, until_us)
    worked = common(planned, [(to_us(start), to_us(end)) for start, end in runs])
    if machine.tag_of(Role.PRODUCT):
        worked = common(worked, spans_of(await _changes(conn, "product_changes", window), order.product, until_us))
    if machine.tag_of(Role.ORDER):
        worked = common(worked, spans_of(await _changes(conn, "order_changes", window), order.id, until_us))
    worked = last_of(worked, LOOK_BACK_US)
    row = await (await conn.execute(SQL["rework_of"], {"id": one.id})).fetchone()
    rework = Decimal(row[0] if row else 0) / one.units_per_count
    asked = window | {
        "product": order.product,
        "by_product": machine.tag_of(Role.PRODUCT) is not None,
        "by_tag": machine.tag_of(Role.ORDER) is not None,
        "order": order.id,
        "counters": list(counted),
        "factors": list(counted.values()),
        "recent": from_us(worked[0][0] if worked else until_us),
        "quantity": order.quantity + rework,
    }
    good, recent, reached = await (await conn.execute(SQL["operation_parts"], asked)).fetchone() or (0, 0, None)
    done = max(Decimal(0), good - rework)
    return Made(done, recent, sum(end - start for start, end in worked), None if reached is None else to_us(reached))


async def _changes(conn: Connection, name: str, window: dict[str, Any]) -> list[tuple[int, str | None]]:
    rows = await (await conn.execute(SQL[name], window)).fetchall()
    return [(to_us(at), word) for at, word in rows]


def _row(one: InProgress, progress: Progress, now_us: int, binding: Binding | None) -> dict[str, Any]:
    late_by = progress.late_by_us
    ends = {
        "expected_low": progress.low_us,
        "expected_end": progress.expected_end_us,
        "expected_high": progress.high_us,
    }
    return {
        "id": one.id,
        "good": None if progress.done is None else progress.done * one.units_per_count,
        "rate": None if progress.rate_per_hour is None else progress.rate_per_hour * float(one.units_per_count),
        **{name: None if at_us is None else from_us(at_us) for name, at_us in ends.items()},
        "binding": binding,
        "late_by": None if late_by is None else late_by * MICROSECOND,
        "late": progress.late,
        "as_of": from_us(now_us),
    }
