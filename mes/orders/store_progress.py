"""The progress of running orders: read from facts, judged by the pure part, kept for walls, pages and alarms."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog

from config.device import Machine, Role
from config.plant import Plant
from config.shifts import planned_spans
from contract.sample import MICROSECOND, from_us, to_us
from mes.calendar.store import read_calendar
from mes.facts.model import Span
from mes.orders.progress import LOOK_BACK_US, Made, Order, Progress, common, last_of, progress_of, spans_of
from runtime.database import queries
from runtime.lending import Connection

log = structlog.get_logger()
SQL = queries("mes.orders")
# An order that would take longer than this has no expected end worth showing.
FAR_US = 90 * 86_400_000_000
# Changes of a product or order tag that are looked back over: far more than two hours of work have.
MOST_CHANGES = 5000
MOST_OPERATIONS = 1000


@dataclass(frozen=True, slots=True)
class InProgress:
    """An operation that has begun, and the machine whose parts are its."""

    id: UUID
    order: Order
    counting: str


async def operations_in_progress(conn: Connection, now_us: int) -> list[InProgress]:
    """Operations that have begun and not ended."""
    rows = await (
        await conn.execute(SQL["operations_in_progress"], {"now": from_us(now_us), "most": MOST_OPERATIONS})
    ).fetchall()
    return [
        InProgress(
            row[0],
            Order(
                id=row[1],
                product=row[2],
                quantity=row[3],
                due_us=to_us(row[4]),
                machine=row[5],
                line=row[6],
                started_us=to_us(row[7]),
                was_late=bool(row[8]),
            ),
            row[9],
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
    """Compute and store the progress of what has begun; what is made at a machine that left the plant is left out."""
    running, found = await operations_in_progress(conn, now_us), []
    if not running:
        return []
    calendar = await read_calendar(conn, plant.site)
    ahead = planned_spans(calendar, now_us, now_us + FAR_US)
    machines = {machine.id: machine for machine in plant.machines}
    for one in running:
        if one.counting not in machines:
            continue
        behind = planned_spans(calendar, one.order.started_us, now_us)
        made = await _made(conn, one, machines[one.counting], behind, now_us)
        progress = progress_of(one.order, made, ahead, now_us)
        await conn.execute(SQL["put_progress"], _row(one.id, progress, now_us))
        found.append((one.order, progress))
    return found


async def _made(
    conn: Connection, one: InProgress, machine: Machine, planned: Sequence[Span], until_us: int
) -> Made | None:
    """What was made in the runs of an operation, and in how much planned time; None where nothing is counted."""
    if machine.tag_of(Role.GOOD_COUNT):
        counted = {"good": 1}
    elif machine.tag_of(Role.TOTAL_COUNT):
        counted = {"total": 1, "scrap": -1}
    else:
        return None
    order = one.order
    window = {"machine": machine.id, "from": from_us(order.started_us), "to": from_us(until_us), "most": MOST_CHANGES}
    window |= {"id": one.id}
    runs = await (await conn.execute(SQL["runs_until"], window)).fetchall()
    worked = common(list(planned), [(to_us(start), to_us(end)) for start, end in runs])
    if machine.tag_of(Role.PRODUCT):
        worked = common(worked, spans_of(await _changes(conn, "product_changes", window), order.product, until_us))
    if machine.tag_of(Role.ORDER):
        worked = common(worked, spans_of(await _changes(conn, "order_changes", window), order.id, until_us))
    worked = last_of(worked, LOOK_BACK_US)
    asked = window | {
        "product": order.product,
        "by_product": machine.tag_of(Role.PRODUCT) is not None,
        "by_tag": machine.tag_of(Role.ORDER) is not None,
        "order": order.id,
        "counters": list(counted),
        "factors": list(counted.values()),
        "recent": from_us(worked[0][0] if worked else until_us),
        "quantity": order.quantity,
    }
    good, recent, reached = await (await conn.execute(SQL["operation_parts"], asked)).fetchone() or (0, 0, None)
    return Made(good, recent, sum(end - start for start, end in worked), None if reached is None else to_us(reached))


async def _changes(conn: Connection, name: str, window: dict[str, Any]) -> list[tuple[int, str | None]]:
    rows = await (await conn.execute(SQL[name], window)).fetchall()
    return [(to_us(at), word) for at, word in rows]


def _row(id_: UUID, progress: Progress, now_us: int) -> dict[str, Any]:
    late_by = progress.late_by_us
    return {
        "id": id_,
        "good": progress.done,
        "rate": progress.rate_per_hour,
        "expected_end": None if progress.expected_end_us is None else from_us(progress.expected_end_us),
        "late_by": None if late_by is None else late_by * MICROSECOND,
        "late": progress.late,
        "as_of": from_us(now_us),
    }
