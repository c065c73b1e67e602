"""Shifts by the clock on the wall → spans of UTC microseconds. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from config.plant import WEEKDAYS, Break, Shift, Site

Span = tuple[int, int]
ONE_DAY = timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ShiftSpan:
    """One occurrence of a shift; `day` is the production day, on which it starts."""

    shift: Shift
    day: date
    starts_us: int
    ends_us: int
    breaks: tuple[Span, ...]


def shifts_between(site: Site, from_us: int, to_us: int) -> list[ShiftSpan]:
    """All shifts that touch [from_us, to_us), in the order of their starts; breaks as planned, not cut."""
    zone = ZoneInfo(site.zone)
    day = _day_of(from_us, zone) - ONE_DAY
    last = _day_of(to_us, zone)
    found = []
    while day <= last:
        for shift in site.shifts:
            if WEEKDAYS[day.weekday()] in shift.days:
                span = _occurrence(shift, day, zone)
                if span.starts_us < to_us and span.ends_us > from_us:
                    found.append(span)
        day += ONE_DAY
    return sorted(found, key=lambda span: (span.starts_us, span.shift.id))


def shift_at(site: Site, at_us: int) -> ShiftSpan | None:
    """The shift that runs at an instant, the latest to start when two overlap, or None between shifts."""
    running = shifts_between(site, at_us, at_us + 1)
    return running[-1] if running else None


def planned_spans(site: Site, from_us: int, to_us: int) -> list[Span]:
    """Planned busy time in [from_us, to_us): shifts less their breaks, cut to it, in order, without overlap."""
    spans: list[Span] = []
    for shift in shifts_between(site, from_us, to_us):
        spans += subtract([(shift.starts_us, shift.ends_us)], shift.breaks)
    return [(max(a, from_us), min(b, to_us)) for a, b in merge(spans) if a < to_us and b > from_us]


def day_span(site: Site, day: date) -> Span:
    """The production day: from its earliest shift's start by the clock to the same time a day later, 23 to 25 hours."""
    zone, starts = ZoneInfo(site.zone), min(shift.starts for shift in site.shifts)
    return _instant(day, starts, zone), _instant(day + ONE_DAY, starts, zone)


def day_at(site: Site, at_us: int) -> date:
    """The production day that an instant lies in."""
    day = _day_of(at_us, ZoneInfo(site.zone))
    return day if at_us >= day_span(site, day)[0] else day - ONE_DAY


def final_at(site: Site, to_us: int) -> int:
    """When a window that ends at `to_us` becomes final: `closes_after` after the end of its last production day."""
    return day_span(site, day_at(site, to_us - 1))[1] + site.closes_after // timedelta(microseconds=1)


def merge(spans: Iterable[Span]) -> list[Span]:
    """The same time in the fewest spans, in order."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        elif start < end:
            merged.append((start, end))
    return merged


def subtract(spans: Iterable[Span], holes: Iterable[Span]) -> list[Span]:
    """The time of `spans` that is in none of `holes`."""
    left = merge(spans)
    for hole_start, hole_end in holes:
        left = [
            part
            for start, end in left
            for part in ((start, min(end, hole_start)), (max(start, hole_end), end))
            if part[0] < part[1]
        ]
    return merge(left)


def _occurrence(shift: Shift, day: date, zone: ZoneInfo) -> ShiftSpan:
    starts = _instant(day, shift.starts, zone)
    ends = _instant(day if shift.ends > shift.starts else day + ONE_DAY, shift.ends, zone)
    breaks = tuple(_break_of(pause, shift, day, zone) for pause in shift.breaks)
    return ShiftSpan(shift, day, starts, ends, breaks)


def _break_of(pause: Break, shift: Shift, day: date, zone: ZoneInfo) -> Span:
    # A break earlier on the clock than its shift's start lies after midnight.
    first = day if pause.starts >= shift.starts else day + ONE_DAY
    last = first if pause.ends > pause.starts else first + ONE_DAY
    return _instant(first, pause.starts, zone), _instant(last, pause.ends, zone)


def _day_of(at_us: int, zone: ZoneInfo) -> date:
    return (EPOCH + timedelta(microseconds=at_us)).astimezone(zone).date()


def _instant(day: date, clock: time, zone: ZoneInfo) -> int:
    """A time on the wall as an instant: the first of two when clocks go back, moved on when clocks skip it."""
    return (datetime.combine(day, clock, zone).astimezone(UTC) - EPOCH) // timedelta(microseconds=1)
