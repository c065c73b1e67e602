"""Orders → the columns of the board: late, running, ready, not released, done today. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mes.orders.models import OrderAnswer
from mes.orders.operation_states import State

LATE, RUNNING, READY, WAITING, DONE = COLUMNS = ("late", "running", "ready", "not_released", "done")


@dataclass(frozen=True, slots=True)
class Column:
    """A column with its orders, the most urgent first."""

    name: str
    orders: list[OrderAnswer]


def columns_of(orders: Sequence[OrderAnswer], day_from: datetime) -> list[Column]:
    """Each order in one column; ended ones only where they ended on this production day."""
    found: dict[str, list[OrderAnswer]] = {name: [] for name in COLUMNS}
    for order in orders:
        column = _column(order, day_from)
        if column is not None:
            found[column].append(order)
    return [Column(name, there) for name, there in found.items()]


def _column(order: OrderAnswer, day_from: datetime) -> str | None:
    if order.state in (State.ENDED, State.ABORTED):
        return DONE if order.ended_at is not None and order.ended_at >= day_from else None
    if order.late:
        return LATE
    if order.state in (State.RUNNING, State.INTERRUPTED):
        return RUNNING
    return READY if order.state is State.ALLOWED_TO_START else WAITING
