"""The journal of a span → the alarm figures of ISA-18.2 beside their targets. Pure.

An alarm counts each time that it was raised and called somebody; what was shelved, suppressed or out of service then
does not. Figures are those of one operator position, and say little from less than thirty days.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

TEN_MINUTES, HOUR, DAY = timedelta(minutes=10), timedelta(hours=1), timedelta(days=1)
ENOUGH = timedelta(days=30)
# Gone before anybody could do anything.
FLEETING = timedelta(minutes=1)
MOST_FREQUENT = 10
FLOOD_ABOVE, BUSY_ABOVE = 10, 30


@dataclass(frozen=True, slots=True)
class Raise:
    """One time that an alarm called somebody, and what came next."""

    at: datetime
    rule: str
    subject: str
    priority: str
    acked_after: timedelta | None
    cleared_after: timedelta | None


@dataclass(frozen=True, slots=True)
class Target:
    """A figure of the standard: likely fine up to `fine`, manageable up to `most`; beyond that somebody must act."""

    name: str
    value: float | None
    fine: float
    most: float

    @property
    def verdict(self) -> str:
        """fine, manageable, beyond, or unknown where nothing was raised."""
        if self.value is None:
            return "unknown"
        return "fine" if self.value <= self.fine else "manageable" if self.value <= self.most else "beyond"


@dataclass(frozen=True, slots=True)
class Figures:
    """Of a span; shares are 0 to 1, `frequent` are rule, subject and how often."""

    alarms: int
    days: float
    enough: bool
    targets: tuple[Target, ...]
    peaks: dict[str, int]
    mix: dict[str, float]
    frequent: tuple[tuple[str, str, int], ...]
    fleeting: int
    ack_median_s: float | None
    ack_p90_s: float | None
    unacked: int


def figures_of(raised: Sequence[Raise], begin: datetime, end: datetime, chattering: int = 0, stale: int = 0) -> Figures:
    """The figures of a span; what happened outside of it must not be among `raised`."""
    span, count = end - begin, len(raised)
    lengths = {"day": DAY, "hour": HOUR, "ten": TEN_MINUTES}
    per = {name: _periods(raised, begin, length) for name, length in lengths.items()}
    frequent = Counter((one.rule, one.subject) for one in raised).most_common(MOST_FREQUENT)
    top = sum(times for _, times in frequent) / count if count else None
    acked = sorted(one.acked_after.total_seconds() for one in raised if one.acked_after is not None)
    fleeting = sum(one.cleared_after is not None and one.cleared_after < FLEETING for one in raised)
    mix = Counter(one.priority for one in raised)
    tens, hours = max(1.0, span / TEN_MINUTES), max(1.0, span / HOUR)
    return Figures(
        alarms=count,
        days=span / DAY,
        enough=span >= ENOUGH,
        targets=(
            Target("per_day", count / max(1.0, span / DAY), 150, 300),
            Target("per_hour", count / hours, 6, 12),
            Target("per_ten", count / tens, 1, 2),
            Target("flood_share", sum(n > FLOOD_ABOVE for n in per["ten"].values()) / tens, 0.01, 0.01),
            Target("busy_share", sum(n > BUSY_ABOVE for n in per["hour"].values()) / hours, 0.01, 0.01),
            Target("top_share", top, 0.01, 0.05),
            Target("chattering", chattering, 0, 0),
            Target("fleeting", fleeting, 0, 0),
            Target("stale", stale, 4, 4),
        ),
        peaks={name: max(counts.values(), default=0) for name, counts in per.items()},
        mix={name: mix[name] / count if count else 0.0 for name in ("high", "medium", "low")},
        frequent=tuple((*key, times) for key, times in frequent),
        fleeting=fleeting,
        ack_median_s=median(acked) if acked else None,
        ack_p90_s=acked[min(len(acked) - 1, int(len(acked) * 0.9))] if acked else None,
        unacked=sum(one.acked_after is None for one in raised),
    )


def _periods(raised: Sequence[Raise], begin: datetime, length: timedelta) -> Counter[int]:
    """How many alarms fell in each period that has any."""
    return Counter((one.at - begin) // length for one in raised)
