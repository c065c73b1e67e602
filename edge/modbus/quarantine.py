"""Addresses that a device refuses: left out of its requests, tried again ever more rarely, and told. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from edge.modbus.read_plan import Wall

FIRST_WAIT_S = 10.0
LONGEST_WAIT_S = 600.0


@dataclass(slots=True)
class Held:
    """One channel in quarantine: unread since, when to try it again, and how long to wait after that."""

    since_us: int
    retry_at: float
    wait_s: float


@dataclass(frozen=True, slots=True)
class Span:
    """Some channels that could not be read from a time on; to_us is None while it lasts."""

    from_us: int
    to_us: int | None
    places: tuple[int, ...]


@dataclass
class Quarantine:
    """The places of channels that cannot be read, and the walls between blocks that cannot be read in one request."""

    held: dict[int, Held] = field(default_factory=dict)
    walls: set[Wall] = field(default_factory=set)

    def refuse(self, place: int, since_us: int, now: float) -> bool:
        """The device has refused this channel's address; True when that is news."""
        known = self.held.get(place)
        if known is None:
            self.held[place] = Held(since_us, now + FIRST_WAIT_S, FIRST_WAIT_S)
            return True
        known.wait_s = min(2 * known.wait_s, LONGEST_WAIT_S)
        known.retry_at = now + known.wait_s
        return False

    def due(self, now: float, most: int) -> list[int]:
        """The channels to try again, those that have waited longest first."""
        ready = [place for place, held in self.held.items() if held.retry_at <= now]
        return sorted(ready, key=lambda place: self.held[place].retry_at)[:most]

    def heal(self, places: Sequence[int], now_us: int) -> list[Span]:
        """These can be read again: what to tell of them, and of those that were refused at the same time and still are.

        Spans are known by their begin, so the first of a group that is told apart begins a little later.
        """
        spans = []
        for since in sorted({self.held[place].since_us for place in places}):
            healed = tuple(place for place in places if self.held[place].since_us == since)
            left = tuple(p for p, held in self.held.items() if held.since_us == since and p not in healed)
            if left:
                spans.append(Span(since, None, left))
                spans.append(Span(since + 1 + healed[0], now_us, healed))
            else:
                spans.append(Span(since, now_us, healed))
        for place in places:
            del self.held[place]
        return spans

    def try_all_soon(self, now: float, except_for: Iterable[int] = ()) -> None:
        """The device has changed: whatever it refused may be readable now."""
        self.walls.clear()
        for place in self.held.keys() - set(except_for):
            self.held[place].retry_at = now
            self.held[place].wait_s = FIRST_WAIT_S
