"""What the journal has to tell, and what was told lately → what goes at once, what goes together, what waits. Pure.

- Alarms of a line in one round, or within half a minute of each other: one message for the first, one for the others.
- Chatter: three times within a minute is told once, then nothing until it has been calm for two minutes.
- Flood: from more than ten alarms in ten minutes on only high priority goes singly, all else in a digest every few
  minutes; it ends below five.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from alerts.alarms.life_cycle import CALLS, Event
from alerts.rules.judge import Key

TOGETHER = timedelta(seconds=30)
CHATTER_WITHIN, CHATTER_TIMES, CALM_AFTER = timedelta(minutes=1), 3, timedelta(minutes=2)
FLOOD_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Said:
    """A line of the journal that people are told of; `group` is the line of its machine, or the rule."""

    journal: int
    alarm: int
    key: Key
    event: Event
    high: bool
    channels: tuple[str, ...]
    group: str


@dataclass
class Chatter:
    """Which rules and subjects come and go too fast."""

    raised: dict[Key, deque[datetime]] = field(default_factory=dict)
    since: dict[Key, datetime] = field(default_factory=dict)

    def begins(self, key: Key, at: datetime) -> bool:
        """Note one more raise; True when with it the chatter begins."""
        times = self.raised.setdefault(key, deque(maxlen=CHATTER_TIMES))
        times.append(at)
        began = len(times) == CHATTER_TIMES and at - times[0] <= CHATTER_WITHIN and key not in self.since
        if began or key in self.since:
            self.since[key] = at
        return began

    def calmed(self, at: datetime) -> list[Key]:
        """Those that have not been raised for so long that they are calm now; each once."""
        found = [key for key, last in self.since.items() if at - last >= CALM_AFTER]
        for key in found:
            del self.since[key], self.raised[key]
        for key in [key for key, times in self.raised.items() if at - times[-1] > CHATTER_WITHIN]:
            if key not in self.since:
                del self.raised[key]
        return found


@dataclass
class Flood:
    """Whether more comes than anybody can answer; `above` alarms in ten minutes."""

    above: int
    raised: deque[datetime] = field(default_factory=deque)
    on: bool = False

    def count(self, at: datetime, more: int) -> None:
        """Note how many alarms were raised now."""
        self.raised.extend([at] * more)
        while self.raised and at - self.raised[0] > FLOOD_WITHIN:
            self.raised.popleft()
        self.on = len(self.raised) > self.above or (self.on and 2 * len(self.raised) >= self.above)


@dataclass
class Announcing:
    """When each line of the journal is to be told: now, or with others later."""

    flood: Flood
    digest_every: timedelta
    told: dict[str, datetime] = field(default_factory=dict)
    digest_at: datetime | None = None

    def due(self, said: Sequence[Said], at: datetime) -> list[tuple[Said, str, datetime]]:
        """Each with the group in which it goes, and when. What calls and what only follows do not go together."""
        self.flood.count(at, sum(one.event in CALLS for one in said))
        if not self.flood.on:
            self.digest_at = None
        found: list[tuple[Said, str, datetime]] = []
        for one in said:
            if one.high:
                found.append((one, f"{one.group}/high/{one.event}/{at.isoformat()}", at))
            elif self.flood.on:
                found.append((one, "flood", self._next_digest(at)))
            else:
                group = f"{one.group}/{'calls' if one.event in CALLS else one.event}"
                found.append((one, group, self._window(group, at)))
        return found

    def _next_digest(self, at: datetime) -> datetime:
        if self.digest_at is None or self.digest_at <= at:
            self.digest_at = at + self.digest_every
        return self.digest_at

    def _window(self, group: str, at: datetime) -> datetime:
        """Now, when the group has been quiet; else at the end of the half minute since it was told last."""
        last = self.told.get(group)
        if last is not None and last < at < last + TOGETHER:
            return last + TOGETHER
        self.told = {name: told for name, told in self.told.items() if at < told + TOGETHER} | {group: at}
        return at


def lead_of(together: Sequence[Said]) -> Said:
    """The one in whose name the message goes: high priority, then the one that still calls, then the oldest."""
    return min(together, key=lambda one: (not one.high, one.event not in CALLS, one.journal))
