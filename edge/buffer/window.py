"""Which kept frames to send next: live before backlog, a bounded number on the way. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field

MOST_ON_THE_WAY = 64
# The backlog never takes the whole window, so that a live frame finds room at once.
MOST_BACKLOG = 48
MOST_EARLIER = 4096


@dataclass
class Window:
    """Ids of frames: `boundary` divides what was there when the connection came from what is live since."""

    boundary: int = 0
    live_sent: int = 0
    backlog_sent: int = 0
    on_the_way: dict[int, tuple[bool, float]] = field(default_factory=dict)
    # Those that were on the way before, and may be stored too: an acknowledgement may come after several tries.
    earlier: set[int] = field(default_factory=set)

    def begin(self, last_id: int) -> None:
        """A new connection, or a frame unacknowledged for too long: everything kept so far is backlog."""
        self.boundary = self.live_sent = last_id
        self.backlog_sent = 0
        self.earlier |= self.on_the_way.keys()
        self.earlier = set(sorted(self.earlier)[-MOST_EARLIER:])
        self.on_the_way.clear()

    def room(self, live: bool) -> int:
        """How many more frames of a lane may be on the way."""
        free = MOST_ON_THE_WAY - len(self.on_the_way)
        if live:
            return free
        return min(free, MOST_BACKLOG - sum(not is_live for is_live, _ in self.on_the_way.values()))

    def sent(self, id_: int, live: bool, now: float) -> None:
        """A frame is on the way."""
        self.on_the_way[id_] = live, now
        if live:
            self.live_sent = id_
        else:
            self.backlog_sent = id_

    def may_be_stored(self) -> set[int]:
        """An acknowledgement of any other frame is a mistake, or forged: it was not sent."""
        return {*self.on_the_way, *self.earlier}

    def acknowledged(self, ids: Iterable[int]) -> None:
        """The database holds these."""
        for id_ in ids:
            self.on_the_way.pop(id_, None)
            self.earlier.discard(id_)

    def stuck(self, now: float, patience_s: float) -> bool:
        """Some frame has been on the way for too long, however many later ones have arrived meanwhile."""
        oldest = next(iter(self.on_the_way.values()), None)
        return oldest is not None and now - oldest[1] > patience_s
