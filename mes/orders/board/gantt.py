"""Runs that were and operations that are foretold → bars of a Gantt chart, in per cent of its width. Pure.

What nobody knows is hatched, with a question mark: an operation without a forecast stands in its sequence, an hour
wide.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from mes.orders.models import OperationAnswer, OrderAnswer
from mes.orders.operation_states import State

BACK, AHEAD = timedelta(hours=4), timedelta(hours=12)
HOUR = timedelta(hours=1)
LEAST = timedelta(minutes=1)
Kind = Literal["made", "planned", "late", "unknown"]


@dataclass(frozen=True, slots=True)
class Run:
    """An operation ran on a machine, from and until; `to` None: it does."""

    operation: UUID
    order: str
    machine: str
    begun: datetime
    to: datetime | None


@dataclass(frozen=True, slots=True)
class Bar:
    """A piece of a row; `operation` of one that can be put elsewhere in the sequence."""

    x: float
    width: float
    kind: Kind
    order: str
    operation: UUID | None
    movable: bool
    begun: datetime
    to: datetime | None


@dataclass(frozen=True, slots=True)
class Row:
    """What a machine or line does, and when what it makes is due."""

    place: str
    bars: list[Bar]
    due: list[tuple[float, str]]


@dataclass(frozen=True, slots=True)
class Chart:
    """Rows over one axis; `now` and `hours` in per cent of it."""

    begun: datetime
    to: datetime
    now: float
    hours: list[tuple[float, datetime]]
    rows: list[Row]


def chart_of(
    now: datetime,
    runs: Sequence[Run],
    open_: Sequence[tuple[OrderAnswer, OperationAnswer]],
    places: Mapping[str, str],
) -> Chart:
    """The chart from four hours ago on; `places` are rows by machine or line, in the order of the plant file."""
    begun = (now - BACK).replace(minute=0, second=0, microsecond=0)
    to = begun + BACK + AHEAD
    span = (begun, to)
    rows: dict[str, Row] = {}
    for run in runs:
        row = rows.setdefault(places.get(run.machine, run.machine), Row(places.get(run.machine, run.machine), [], []))
        row.bars.extend(_bar(span, "made", run.order, run.operation, run.begun, run.to or now))
    ends: dict[str, datetime] = {}
    for order, one in open_:
        place = places.get(one.machine or one.line or "", one.machine or one.line or "")
        row = rows.setdefault(place, Row(place, [], []))
        starts = max(now, ends.get(place, now))
        if one.expected_end is None:
            # How wide it is says nothing; the next one stands after it.
            ends[place] = starts + HOUR
            row.bars.extend(_bar(span, "unknown", order.id, one.id, starts, None, movable=_movable(one)))
        else:
            ends[place] = max(starts, one.expected_end)
            kind: Kind = "late" if one.late else "planned"
            row.bars.extend(_bar(span, kind, order.id, one.id, starts, ends[place], movable=_movable(one)))
        if order.due_at is not None and begun <= order.due_at < to:
            row.due.append((_share(span, order.due_at), order.id))
    order_of = list(dict.fromkeys(places.values()))
    hours = [begun + n * 2 * HOUR for n in range(9)]
    return Chart(
        begun,
        to,
        _share(span, now),
        [(_share(span, at), at) for at in hours],
        [rows[place] for place in order_of if place in rows],
    )


def _movable(one: OperationAnswer) -> bool:
    return one.state in (State.ALLOWED_TO_START, State.NOT_ALLOWED_TO_START)


def _share(span: tuple[datetime, datetime], at: datetime) -> float:
    return 100 * ((at - span[0]) / (span[1] - span[0]))


def _bar(
    span: tuple[datetime, datetime],
    kind: Kind,
    order: str,
    operation: UUID,
    begun: datetime,
    to: datetime | None,
    *,
    movable: bool = False,
) -> list[Bar]:
    """The bar as far as it lies in the span; none where it does not."""
    first, last = max(begun, span[0]), min(to or begun + HOUR, span[1])
    if last < first + LEAST and kind != "unknown":
        last = first + LEAST
    if first >= span[1] or last <= span[0]:
        return []
    x = _share(span, first)
    return [Bar(x, _share(span, min(last, span[1])) - x, kind, order, operation, movable, begun, to)]
