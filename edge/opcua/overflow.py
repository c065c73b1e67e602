"""Of which series a server drops values because its queues are too short, since when, and until when. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

# So long no value must have been dropped, and the gap has ended.
OVER_AFTER_US = 10_000_000
Gap = tuple[int, int | None, list[str]]


@dataclass
class Overflow:
    """One server's overflow: what began to drop together is one gap, and all gaps end together."""

    began: dict[int, list[str]] = field(default_factory=dict)
    newest_us: int = 0
    # All whose values have been dropped since it began.
    series: set[str] = field(default_factory=set)

    def dropped(self, series: Sequence[str], since_us: int, now_us: int) -> list[Gap]:
        """Values of these were dropped, of none before `since_us`; the gap that begins so, if one does."""
        self.newest_us = now_us
        fresh = [name for name in series if name not in self.series]
        if not fresh:
            return []
        # Gaps of one device are told apart by their begin.
        while since_us in self.began:
            since_us += 1
        self.began[since_us] = fresh
        self.series.update(fresh)
        return [(since_us, None, fresh)]

    def over(self, now_us: int) -> list[Gap]:
        """The gaps that have ended, once none of their values has been dropped for a while."""
        return self.end() if self.began and now_us - self.newest_us > OVER_AFTER_US else []

    def end(self) -> list[Gap]:
        """All of them end with the newest value that was seen to follow dropped ones."""
        ended: list[Gap] = [(since, max(self.newest_us, since), names) for since, names in self.began.items()]
        self.began.clear()
        self.series.clear()
        return ended
