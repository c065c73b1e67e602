"""All lines of a site, open calls, late orders and alarms at one moment. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from config.plant import Shift
from mes.kpi.rollup import together
from mes.maintenance import Call
from mes.screens.wall.tiles import AlarmLine, Numbers, OrderLine, Pace, numbers_of
from mes.screens.wall.view import LineView


@dataclass(frozen=True, slots=True)
class SiteView:
    """The site board: what each line says, and what waits for somebody, the worst first."""

    now_us: int
    shift: Shift | None
    shift_to_us: int
    numbers: Numbers
    pace: Pace
    lines: tuple[LineView, ...]
    calls: tuple[Call, ...]
    late: tuple[OrderLine, ...]
    alarms: tuple[AlarmLine, ...]
    orders: tuple[OrderLine, ...]


def site_view(
    lines: Sequence[LineView], calls: Sequence[Call], orders: Sequence[OrderLine], alarms: Sequence[AlarmLine]
) -> SiteView:
    """The lines as they are, unanswered calls before those on which somebody comes, the latest order first."""
    late = sorted((order for order in orders if order.late), key=lambda order: -(order.late_by_us or 0))
    waiting = sorted(calls, key=lambda call: (call.answered, call.at_us))
    now_us = min(line.now_us for line in lines)
    return SiteView(
        now_us=now_us,
        shift=lines[0].shift,
        shift_to_us=lines[0].shift_to_us,
        numbers=numbers_of(together(line.elements for line in lines)),
        pace=Pace(*(_sum([getattr(line.pace, name) for line in lines]) for name in ("good", "ideal", "due"))),
        lines=tuple(lines),
        calls=tuple(waiting),
        late=tuple(late),
        alarms=tuple(alarms),
        orders=tuple(orders),
    )


def _sum(numbers: Sequence[int | None]) -> int | None:
    """All together; None where one of them is not known."""
    known = [number for number in numbers if number is not None]
    return sum(known) if known and len(known) == len(numbers) else None
