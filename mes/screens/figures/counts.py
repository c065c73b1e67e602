"""How often an address was asked for on a day, and how long its answers took. Pure."""

from dataclasses import dataclass, field
from datetime import date

# Seconds; the last count is of what took longer than all of them.
WITHIN_S = (0.1, 0.3, 1.0, 3.0)
MOST_ADDRESSES = 2_000


@dataclass(slots=True)
class Use:
    """What is known of one address on one day."""

    within: list[int] = field(default_factory=lambda: [0] * (len(WITHIN_S) + 1))
    slowest_ms: int = 0
    refused: int = 0
    failed: int = 0

    def add(self, took_s: float, status: int) -> None:
        """One more answer."""
        self.within[sum(took_s > limit for limit in WITHIN_S)] += 1
        self.slowest_ms = max(self.slowest_ms, round(took_s * 1000))
        self.refused += status >= 400
        self.failed += status >= 500


Key = tuple[date, str, str]


@dataclass(slots=True)
class Counts:
    """What this process has counted since somebody took it."""

    uses: dict[Key, Use] = field(default_factory=dict)

    def add(self, day: date, method: str, address: str, took_s: float, status: int) -> None:
        """One more answer; of a flood of addresses only so many are told apart."""
        key = (day, method, address)
        if key not in self.uses and len(self.uses) >= MOST_ADDRESSES:
            return
        self.uses.setdefault(key, Use()).add(took_s, status)

    def take(self) -> dict[Key, Use]:
        """All of it; counting begins anew."""
        taken, self.uses = self.uses, {}
        return taken
