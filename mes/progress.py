"""How far an order is, how fast, when it will end, late or not. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from mes.facts import Span
from mes.hours import HOUR_US

# The rate is that of the last two planned hours, or of the time since the start when that is shorter:
# long enough to hold a normal stop, short enough to follow a trouble.
LOOK_BACK_US = 2 * HOUR_US


@dataclass(frozen=True, slots=True)
class Order:
    """A production order: good parts of a product, due at an instant, on a machine or a line."""

    id: str
    product: str
    quantity: int
    due_us: int
    machine: str | None
    line: str | None
    started_us: int | None
    ended_us: int | None


@dataclass(frozen=True, slots=True)
class Progress:
    """Good parts done; the rest is None while it cannot be told. late_by_us is negative when it will be early.

    Without an expected end nobody knows how late an order will be, until its due time has passed: from then on
    it is at least as late as now.
    """

    done: int
    rate_per_hour: float | None
    expected_end_us: int | None
    late_by_us: int | None


def progress_of(
    order: Order,
    done: int,
    recent: int,
    behind: Sequence[Span],
    ahead: Sequence[Span],
    now_us: int,
    reached_us: int | None = None,
) -> Progress:
    """The progress of a running order.

    `done` is its good parts since it began, `recent` those within `behind`, the planned time that the rate is taken
    from; `ahead` is planned time from now on, long enough for the rest, breaks and nights left out.
    `reached_us` is when its quantity was reached: an order that is done grows no later while nobody ends it.
    """
    left = order.quantity - done
    planned = sum(end - start for start, end in behind)
    rate = Fraction(recent * HOUR_US, planned) if planned else None
    if left <= 0:
        end: int | None = now_us if reached_us is None else reached_us
    elif not rate:
        end = None
    else:
        end = after(ahead, int(left * HOUR_US / rate))
    if end is not None:
        late: int | None = end - order.due_us
    else:
        late = now_us - order.due_us if now_us > order.due_us else None
    return Progress(done, None if rate is None else float(rate), end, late)


def after(spans: Sequence[Span], work_us: int) -> int | None:
    """The instant at which so much time within spans has passed, or None when they are too short."""
    for start, end in spans:
        if work_us <= end - start:
            return start + work_us
        work_us -= end - start
    return None
