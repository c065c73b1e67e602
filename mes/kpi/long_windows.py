"""Long windows as whole days and hours, and the rest. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from config.plant import Plant
from contract.sample import MICROSECOND
from mes.facts.model import Span
from mes.facts.windowing import merged
from mes.kpi.policy import Policy

MINUTE_US = 60_000_000
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US
# So far back the minutes of hours are kept; a window that begins or ends earlier, within an hour, needs facts there.
MINUTES_US = 35 * DAY_US


@dataclass(frozen=True, slots=True)
class Cut:
    """A window in parts: spans of whole days, spans of whole hours, and the rest."""

    days: tuple[Span, ...]
    hours: tuple[Span, ...]
    rest: tuple[Span, ...]


def cut_window(from_us: int, to_us: int, settled_us: int) -> Cut:
    """The parts of a window; hours that end after `settled_us` are none yet."""
    first, last = _up(from_us, HOUR_US), min(to_us, settled_us) // HOUR_US * HOUR_US
    if first > last or (first == last and first in (from_us, to_us)):
        return Cut((), (), ((from_us, to_us),))
    first_day, last_day = _up(first, DAY_US), last // DAY_US * DAY_US
    if first_day >= last_day:
        days, hours = [], [(first, last)]
    else:
        days, hours = [(first_day, last_day)], [(first, first_day), (last_day, last)]
    rest = [(from_us, first), (last, to_us)]
    return Cut(*(tuple((a, b) for a, b in spans if a < b) for spans in (days, hours, rest)))


@dataclass(frozen=True, slots=True)
class Minutes:
    """The full minutes of a span within an hour, the first and one past the last; `loose` is what is left of it."""

    hour: int
    first: int
    last: int
    loose: tuple[Span, ...]

    @property
    def is_edge(self) -> bool:
        """They begin or end with the hour, and nothing is left."""
        return not self.loose and (self.first == 0 or self.last == HOUR_US // MINUTE_US)


def minutes_in(span: Span) -> Minutes | None:
    """The minutes of a span; None where it has none, or goes over a full hour."""
    start, end = span
    hour = start // HOUR_US * HOUR_US
    first, last = _up(start, MINUTE_US), end // MINUTE_US * MINUTE_US
    if first >= last or end > hour + HOUR_US:
        return None
    loose = tuple((a, b) for a, b in ((start, first), (last, end)) if a < b)
    return Minutes(hour, (first - hour) // MINUTE_US, (last - hour) // MINUTE_US, loose)


def whole_parts(spans: Iterable[Span]) -> Cut:
    """Spans of whole hours as days and the hours around them."""
    cuts = [cut_window(start, end, end) for start, end in spans]
    return Cut(tuple(span for cut in cuts for span in cut.days), tuple(span for cut in cuts for span in cut.hours), ())


def steps_in(spans: Iterable[Span], length_us: int) -> list[int]:
    """The begins of all hours or days in spans that are made of them."""
    return [at for a, b in spans for at in range(a, b, length_us)]


def spans_of(begins: Iterable[int], length_us: int) -> tuple[Span, ...]:
    """Hours or days that touch as one span each."""
    return merged((at, at + length_us) for at in begins)


def margin_us(plant: Plant, policy: Policy) -> int:
    """How far from a change of a tape its effect on the booking of time and parts can reach.

    A stop's class depends on its length up to the threshold, start-up rejects on what was so long before, and what was
    held before a silence on how long that was noticed.
    """
    silence = max(machine.no_data_after for machine in plant.machines) // MICROSECOND
    return policy.minor_stop_us + policy.startup_us + 2 * silence


def settled_until(plant: Plant, policy: Policy, known_us: int) -> int:
    """Up to where hours can be kept: the tape's end cannot change how they are booked any more."""
    return known_us - 2 * margin_us(plant, policy)


def _up(at_us: int, length_us: int) -> int:
    return -(-at_us // length_us) * length_us
