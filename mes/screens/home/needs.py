"""What waits for whom → the lines of "Needs you now", the worst first. Pure.

Each role sees what it can do something about; nobody signed on sees the site's own state, all of it.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from mes.maintenance import CallKind
from mes.screens.wall.site import SiteView

MOST = 12
LEVELS = ("high", "medium", "low")
# Which kinds of lines concern a role.
CONCERNS: dict[str, frozenset[str]] = {
    "supervisor": frozenset({"call", "alarm", "down", "late", "reasons", "node"}),
    "operator": frozenset({"call", "down", "reasons"}),
    "maintenance": frozenset({"call", "alarm", "down", "node"}),
    "quality": frozenset({"call", "hold"}),
    "planner": frozenset({"late", "down"}),
    "engineer": frozenset({"node", "alarm", "silent"}),
    "administrator": frozenset({"node"}),
    "viewer": frozenset({"call", "alarm", "down", "late", "silent"}),
}
# Whom a call is for, where the caller says so: others see it behind their own.
CALLED: dict[CallKind, str] = {"maintenance": "maintenance", "quality": "quality", "supervisor": "supervisor"}


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that waits: how urgent, of what kind, where to go; `about` is a machine, order or agent.

    `since_us` is when it began; `number` and `spent_us` are how many and how long together, where it is several.
    """

    level: str
    kind: str
    about: str
    link: str
    since_us: int | None = None
    number: int = 0
    spent_us: int = 0
    detail: str = ""
    call: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Stops of a line in this shift that nobody has given a reason for."""

    line: str
    count: int
    spent_us: int


def needs(
    view: SiteView, waiting: Collection[Waiting], held: int, roles: Collection[str]
) -> tuple[tuple[Need, ...], int]:
    """The lines for somebody with these roles, the worst first, and how many there are in all."""
    concerned = (
        frozenset().union(*(CONCERNS[role] for role in roles))
        if roles
        else frozenset({"call", "alarm", "down", "late", "reasons", "node", "silent", "hold"})
    )
    found = [need for need in _all(view, waiting, held) if need.kind in concerned]
    found.sort(key=lambda need: (LEVELS.index(need.level), need.kind != "call", need.since_us or 0))
    return tuple(found[:MOST]), len(found)


def _all(view: SiteView, waiting: Collection[Waiting], held: int) -> Iterator[Need]:
    alarmed = {alarm.machine for alarm in view.alarms}
    for call in view.calls:
        level = "medium" if call.answered else "high"
        yield Need(level, "call", call.machine, "/wall", call.at_us, detail=call.kind, call=call.id)
    late = {order.id for order in view.late}
    for alarm in view.alarms:
        if alarm.subject in late:
            continue
        yield Need(alarm.priority, "alarm", alarm.subject, f"/alarms/{alarm.id}", detail=str(alarm.id))
    for line in view.lines:
        for tile in line.tiles:
            if tile.look.code == "down" and tile.machine.id not in alarmed:
                yield Need("medium", "down", tile.machine.id, f"/stops/{line.line.id}", tile.since_us)
            elif tile.look.code == "nodata":
                yield Need("medium", "silent", tile.machine.id, "/nodes", tile.since_us)
    for order in view.late:
        late_us = order.late_by_us or 0
        yield Need("medium", "late", order.id, f"/orders/{order.id}", spent_us=late_us, detail=order.binding or "")
    for node in {node.id: node for line in view.lines for node in line.absent}.values():
        yield Need("medium", "node", node.id, "/nodes", node.since_us)
    for one in waiting:
        yield Need("low", "reasons", one.line, f"/stops/{one.line}", number=one.count, spent_us=one.spent_us)
    if held:
        yield Need("low", "hold", "", "/quality", number=held)
