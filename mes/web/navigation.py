"""Where the pages are: the bar above, and on a phone the bar below. Pure.

A new page adds its place here. What has no room on a screen stands under "More".
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A page in the bar: its address, the key of its word, and from which screen on it has room.

    1 is a phone, 2 a tablet, 3 a desk, 4 never: then it stands under "More" on every screen.
    """

    path: str
    word: str
    room: int
    icon: str = ""
    # Who sees it there; everybody where there is none.
    roles: frozenset[str] = frozenset()

    def holds(self, here: str) -> bool:
        """True for the place's own page and for those beneath it."""
        return here == self.path or (self.path != "/" and here.startswith(self.path + "/"))


PLACES = (
    Place("/", "nav.home", 1, "home"),
    Place("/walls", "nav.walls", 2),
    Place("/stops", "stops", 1, "stops"),
    Place("/operator", "op.title", 2),
    Place("/alarms", "alarms", 1, "call"),
    Place("/board", "orders", 1, "orders"),
    Place("/report", "nav.report", 2),
    Place("/calls", "nav.calls", 3),
    Place("/on-call", "oncall.title", 3),
    Place("/quality", "quality", 2),
    Place("/trends", "nav.trends", 3),
    Place("/products", "products", 3),
    Place("/reconciliation", "reconciliation", 4),
    Place("/tags", "nav.tags", 4),
    Place("/cycles", "nav.cycles", 4),
    Place("/flow", "nav.flow", 4),
    Place("/policies", "nav.policies", 4),
    Place("/maintenance", "maintenance", 4),
    Place("/alarm-figures", "alarm_figures", 4),
    Place("/rules", "rules.title", 4),
    Place("/detectors", "detectors", 4),
    Place("/figures", "nav.figures", 4),
    Place("/setup", "nav.setup", 4),
    Place("/plant", "nav.plant", 4),
    Place("/crew", "crew.title", 4, roles=frozenset({"supervisor", "administrator"})),
    Place("/calendar", "calendar.title", 4),
    Place("/targets", "targets.title", 4),
    Place("/effort", "effort.title", 4),
    Place("/nodes", "nodes", 4),
    Place("/station", "station", 4, roles=frozenset({"supervisor", "administrator"})),
    Place("/people", "people", 4, roles=frozenset({"administrator"})),
    Place("/audit", "audit", 4, roles=frozenset({"administrator"})),
    Place("/docs", "api", 4),
)
