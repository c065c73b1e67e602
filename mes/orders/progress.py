"""How far an order is, how fast, when it will end, late or not. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from mes.facts.model import Span
from mes.kpi.long_windows import HOUR_US
from mes.orders.forecast import Forecast

MINUTE_US = HOUR_US // 60
# The rate is that of the last two planned hours in which the order was worked on, or of all of them when they are
# fewer: long enough to hold a normal stop, short enough to follow a trouble.
LOOK_BACK_US = 2 * HOUR_US
# Before so many parts or so much time a rate is chance.
LEAST_PARTS = 10
LEAST_US = 5 * MINUTE_US
# An order becomes late when it is expected later than due by this, or by one part in this many of the time until
# then, and is in time again only when it is expected before its due time: between the two it stays what it was.
LATE_US = 5 * MINUTE_US
LATE_PART = 20


@dataclass(frozen=True, slots=True)
class Order:
    """An operation that can be worked on: good parts of a product, due at an instant, on a machine or a line."""

    id: str
    product: str
    quantity: Decimal
    due_us: int
    machine: str | None
    line: str | None
    started_us: int | None
    was_late: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """Good parts of an order since it began; those of the last time in which it was worked on, and how long that was.

    `reached_us` is when its quantity was reached: an order that is done grows no later while nobody ends it.
    What has to be worked on again is no longer in `done`.
    """

    done: int | Decimal
    recent: int
    recent_us: int
    reached_us: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """Good parts done; what cannot be told is None. late_by_us is negative when it will be early.

    Without an expected end nobody knows how late an order will be, until its due time has passed: from then on
    it is at least as late as now. `late` is the one judgement that walls, pages and alarms go by.
    Nine of ten end between low_us and high_us; None where too little is known to say so.
    """

    done: int | Decimal | None
    rate_per_hour: float | None
    expected_end_us: int | None
    late_by_us: int | None
    late: bool | None
    low_us: int | None = None
    high_us: int | None = None


def progress_of(
    order: Order, made: Made | None, ahead: Sequence[Span], now_us: int, rest: Forecast | None = None
) -> Progress:
    """The progress of an order; `made` is None where no counter counts for it.

    `ahead` is planned time from now on, or from when it can begin, long enough for the rest, breaks and nights left
    out. `rest` is how much of it the rest takes; without that the rate of lately says so.
    """
    low: int | None = None
    high: int | None = None
    rate = None if made is None else _rate(made)
    left = None if made is None else order.quantity - made.done
    if made is not None and left is not None and left <= 0:
        end: int | None = now_us if made.reached_us is None else made.reached_us
    elif rest is not None:
        low, end, high = (after(ahead, worked_us) for worked_us in (rest.low_us, rest.middle_us, rest.high_us))
    elif left is None or not rate:
        end = None
    else:
        end = after(ahead, int(Fraction(left) * HOUR_US / rate))
    if end is not None:
        late_by: int | None = end - order.due_us
    else:
        late_by = now_us - order.due_us if now_us > order.due_us else None
    done = None if made is None else made.done
    late = _late(order, late_by, end, now_us)
    return Progress(done, None if rate is None else float(rate), end, late_by, late, low, high)


def _rate(made: Made) -> Fraction | None:
    """Parts an hour of the time in which the order was worked on; None while that is too little to tell."""
    if (made.recent < LEAST_PARTS and made.recent_us < LEAST_US) or not made.recent_us:
        return None
    return Fraction(made.recent * HOUR_US, made.recent_us)


def _late(order: Order, late_by_us: int | None, end_us: int | None, now_us: int) -> bool | None:
    """Late, in time, or as it was while the forecast is within the band; None while nobody knows."""
    if late_by_us is None:
        return None
    if end_us is None or end_us <= now_us or now_us > order.due_us:
        return late_by_us > 0
    if late_by_us > max(LATE_US, (end_us - now_us) // LATE_PART):
        return True
    return order.was_late and late_by_us >= 0


def spans_of(changes: Sequence[tuple[int, str | None]], wanted: str, until_us: int) -> list[Span]:
    """When a tape, told by its changes in the order of time, showed a word."""
    ends = [*(at for at, _ in changes[1:]), until_us]
    return [(at, end) for (at, word), end in zip(changes, ends, strict=False) if word == wanted and at < end]


def common(some: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    """The time that is in spans of both, each in its order."""
    found, here, there = [], 0, 0
    while here < len(some) and there < len(others):
        start, end = max(some[here][0], others[there][0]), min(some[here][1], others[there][1])
        if start < end:
            found.append((start, end))
        if some[here][1] < others[there][1]:
            here += 1
        else:
            there += 1
    return found


def last_of(spans: Sequence[Span], most_us: int) -> list[Span]:
    """The last spans that together are at most so long."""
    kept: list[Span] = []
    for start, end in reversed(spans):
        if most_us <= 0:
            break
        kept.append((max(start, end - most_us), end))
        most_us -= end - start
    return kept[::-1]


def after(spans: Sequence[Span], work_us: int) -> int | None:
    """The instant at which so much time within spans has passed, or None when they are too short."""
    for start, end in spans:
        if work_us <= end - start:
            return start + work_us
        work_us -= end - start
    return None
