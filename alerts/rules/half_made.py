"""Machines whose late samples wait → those of which nothing is to be raised yet. Pure but for its memory."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

# History comes in pieces: between two of them nothing waits, and all is not told yet.
SETTLED_AFTER = timedelta(seconds=10)
# After this, what is known is judged: late samples that never end must not keep a true alarm back.
BORNE = timedelta(minutes=5)


@dataclass
class HalfMade:
    """Of each machine since when and until when late samples of its last day have waited."""

    waits: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)

    def seen(self, waiting: Iterable[str], now: datetime) -> frozenset[str]:
        """The machines whose facts are half made now."""
        self.waits = {name: span for name, span in self.waits.items() if now - span[1] < SETTLED_AFTER}
        for name in waiting:
            self.waits[name] = self.waits.get(name, (now, now))[0], now
        return frozenset(name for name, (since, _) in self.waits.items() if now - since < BORNE)
