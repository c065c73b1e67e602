"""The progress of running orders: read from facts, judged by the pure part, kept for walls, pages and alarms."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import structlog

from config.device import Machine, Role
from config.plant import Plant
from config.shifts import planned_spans
from contract.sample import MICROSECOND, from_us, to_us
from mes.calendar.store import read_calendar
from mes.facts.model import Span
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


async def running_orders(conn: Connection, now_us: int) -> list[Order]:
    """Orders that have begun and not ended."""
    wanted = {"after": "", "id": None, "running": True, "now": from_us(now_us), "most": 1000}
    rows = await (await conn.execute(SQL["orders"], wanted)).fetchall()
    return [
        Order(
            id=row[0],
            product=row[1],
            quantity=row[2],
            due_us=to_us(row[3]),
            machine=row[4],
            line=row[5],
            started_us=row[6] and to_us(row[6]),
            ended_us=row[7] and to_us(row[7]),
            was_late=bool(row[8]),
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


async def refresh_progress(conn: Connection, plant: Plant, now_us: int) -> list[tuple[Order, Progress]]:
    """Compute and store the progress of every running order; one whose place is not in the plant file is left out."""
    orders, found = await running_orders(conn, now_us), []
    if not orders:
        return []
    calendar = await read_calendar(conn, plant.site)
    ahead = planned_spans(calendar, now_us, now_us + FAR_US)
    for order, machine, until_us in _placed(plant, orders, now_us):
        if order.started_us is None:
            continue
        behind = planned_spans(calendar, order.started_us, until_us)
        made = await _made(conn, order, machine, behind, until_us)
        progress = progress_of(order, made, ahead, now_us)
        await conn.execute(SQL["put_progress"], _row(order, progress, now_us))
        found.append((order, progress))
    return found


def _placed(plant: Plant, orders: Sequence[Order], now_us: int) -> list[tuple[Order, Machine, int]]:
    """Each order with the machine that counts for it, and until when: a part counts for the order that began last.

    Only one can begin on a machine; several may run there that began before that was so.
    """
    at: dict[str, list[Order]] = {}
    for order in orders:
        machine = counting_machine(plant, order.machine, order.line)
        if machine is not None:
            at.setdefault(machine, []).append(order)
    placed = []
    for machine, there in at.items():
        there.sort(key=lambda order: (order.started_us or 0, order.id))
        ends = [following.started_us or now_us for _, following in pairwise(there)]
        placed += [(order, plant.machine(machine), end) for order, end in zip(there, [*ends, now_us], strict=True)]
    return sorted(placed, key=lambda one: one[0].id)


async def _made(
    conn: Connection, order: Order, machine: Machine, planned: Sequence[Span], until_us: int
) -> Made | None:
    """What was made of an order, and in how much planned time; None where nothing is counted."""
    if machine.tag_of(Role.GOOD_COUNT):
        counted = {"good": 1}
    elif machine.tag_of(Role.TOTAL_COUNT):
        counted = {"total": 1, "scrap": -1}
    else:
        return None
    started = order.started_us if order.started_us is not None else until_us
    window = {"machine": machine.id, "from": from_us(started), "to": from_us(until_us), "most": MOST_CHANGES}
    worked = list(planned)
    if machine.tag_of(Role.PRODUCT):
        worked = common(worked, spans_of(await _changes(conn, "product_changes", window), order.product, until_us))
    if machine.tag_of(Role.ORDER):
        worked = common(worked, spans_of(await _changes(conn, "order_changes", window), order.id, until_us))
    worked = last_of(worked, LOOK_BACK_US)
    asked = window | {
        "product": order.product,
        "by_product": machine.tag_of(Role.PRODUCT) is not None,
        "by_tag": machine.tag_of(Role.ORDER) is not None,
        "id": order.id,
        "counters": list(counted),
        "factors": list(counted.values()),
        "recent": from_us(worked[0][0] if worked else until_us),
        "quantity": order.quantity,
    }
    done, recent = await (await conn.execute(SQL["order_parts"], asked)).fetchone() or (0, 0)
    reached = await (await conn.execute(SQL["order_reached"], asked)).fetchone() if done >= order.quantity else None
    at_us = to_us(reached[0]) if reached and reached[0] else None
    return Made(done, recent, sum(end - start for start, end in worked), at_us)


async def _changes(conn: Connection, name: str, window: dict[str, Any]) -> list[tuple[int, str | None]]:
    rows = await (await conn.execute(SQL[name], window)).fetchall()
    return [(to_us(at), word) for at, word in rows]


def _row(order: Order, progress: Progress, now_us: int) -> dict[str, Any]:
    late_by = progress.late_by_us
    return {
        "id": order.id,
        "done": progress.done,
        "rate": progress.rate_per_hour,
        "expected_end": None if progress.expected_end_us is None else from_us(progress.expected_end_us),
        "late_by": None if late_by is None else late_by * MICROSECOND,
        "late": progress.late,
        "as_of": from_us(now_us),
    }
