"""All lines of a site, open calls, late orders and alarms at one moment. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from config.plant import Shift
from mes.maintenance import Call
from mes.screens.wall.tiles import AlarmLine, OrderLine
from mes.screens.wall.view import LineView


@dataclass(frozen=True, slots=True)
class SiteView:
    """The site board: what each line says, and what waits for somebody, the worst first."""

    now_us: int
    shift: Shift | None
    lines: tuple[LineView, ...]
    calls: tuple[Call, ...]
    late: tuple[OrderLine, ...]
    alarms: tuple[AlarmLine, ...]


def site_view(
    lines: Sequence[LineView], calls: Sequence[Call], orders: Sequence[OrderLine], alarms: Sequence[AlarmLine]
) -> SiteView:
    """The lines as they are, unanswered calls before those on which somebody comes, the latest order first."""
    late = sorted((order for order in orders if order.late), key=lambda order: -(order.late_by_us or 0))
    waiting = sorted(calls, key=lambda call: (call.answered, call.at_us))
    now_us = min(line.now_us for line in lines)
    return SiteView(now_us, lines[0].shift, tuple(lines), tuple(waiting), tuple(late), tuple(alarms))
