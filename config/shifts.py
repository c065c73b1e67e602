"""Shifts by the clock on the wall → spans of UTC microseconds. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from config.calendar import EXTRA_NAME, Calendar, Kind, Override
from config.plant import WEEKDAYS, Break, Shift

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


def shifts_between(calendar: Calendar, from_us: int, to_us: int) -> list[ShiftSpan]:
    """All shifts with time in [from_us, to_us), in the order of their starts; breaks as planned, not cut."""
    zone = ZoneInfo(calendar.zone)
    day = _day_of(from_us, zone) - ONE_DAY
    last = _day_of(to_us, zone)
    found = []
    while day <= last:
        for shift in shifts_on(calendar, day):
            span = _occurrence(shift, day, zone)
            if max(span.starts_us, from_us) < min(span.ends_us, to_us):
                found.append(span)
        day += ONE_DAY
    return sorted(found, key=lambda span: (span.starts_us, span.shift.id))


def shifts_on(calendar: Calendar, day: date) -> list[Shift]:
    """The shifts that start on a production day: those of the week, changed by its exceptions, then the extra ones."""
    holiday = calendar.override(day) is not None
    of_week = [shift for shift in calendar.week(day).shifts if WEEKDAYS[day.weekday()] in shift.days]
    changed = [] if holiday else [_changed(shift, calendar.override(day, shift.id)) for shift in of_week]
    return [shift for shift in changed if shift is not None] + [_extra(override) for override in calendar.extras(day)]


def shift_at(calendar: Calendar, at_us: int) -> ShiftSpan | None:
    """The shift that runs at an instant, the latest to start when two overlap, or None between shifts."""
    running = shifts_between(calendar, at_us, at_us + 1)
    return running[-1] if running else None


def planned_spans(calendar: Calendar, from_us: int, to_us: int) -> list[Span]:
    """Planned busy time in [from_us, to_us): shifts less their breaks, cut to it, in order, without overlap."""
    spans: list[Span] = []
    for shift in shifts_between(calendar, from_us, to_us):
        spans += subtract([(shift.starts_us, shift.ends_us)], shift.breaks)
    return _cut(merge(spans), from_us, to_us)


def scheduled_spans(calendar: Calendar, from_us: int, to_us: int) -> list[Span]:
    """The time of shifts in [from_us, to_us), breaks included, cut to it, in order, without overlap."""
    spans = [(shift.starts_us, shift.ends_us) for shift in shifts_between(calendar, from_us, to_us)]
    return _cut(merge(spans), from_us, to_us)


def day_span(calendar: Calendar, day: date) -> Span:
    """The production day: from its earliest shift's start by the clock to that of the next day, 23 to 25 hours."""
    return _day_starts(calendar, day), _day_starts(calendar, day + ONE_DAY)


def shifts_of_day(calendar: Calendar, day: date) -> list[ShiftSpan]:
    """The shifts that start on a production day, in the order of their starts."""
    return [one for one in shifts_between(calendar, *day_span(calendar, day)) if one.day == day]


def day_at(calendar: Calendar, at_us: int) -> date:
    """The production day that an instant lies in."""
    day = _day_of(at_us, ZoneInfo(calendar.zone))
    return day if at_us >= _day_starts(calendar, day) else day - ONE_DAY


def days_in(calendar: Calendar, from_us: int, to_us: int) -> list[date]:
    """The production days that lie whole in [from_us, to_us)."""
    day, found = day_at(calendar, from_us), []
    while (span := day_span(calendar, day))[1] <= to_us:
        if span[0] >= from_us:
            found.append(day)
        day += ONE_DAY
    return found


def edges_between(calendar: Calendar, from_us: int, to_us: int) -> list[int]:
    """Where shifts begin and end, and where production days do, near [from_us, to_us)."""
    edges = {edge for shift in shifts_between(calendar, from_us, to_us) for edge in (shift.starts_us, shift.ends_us)}
    day = day_at(calendar, from_us)
    while (begin := _day_starts(calendar, day)) < to_us:
        edges.add(begin)
        day += ONE_DAY
    return sorted(edges)


def final_at(calendar: Calendar, to_us: int) -> int:
    """When a window that ends at `to_us` becomes final: `closes_after` after the end of its last production day."""
    return day_span(calendar, day_at(calendar, to_us - 1))[1] + calendar.closes_after // timedelta(microseconds=1)


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


def _cut(spans: Iterable[Span], from_us: int, to_us: int) -> list[Span]:
    return [(max(a, from_us), min(b, to_us)) for a, b in spans if a < to_us and b > from_us]


def _changed(shift: Shift, override: Override | None) -> Shift | None:
    """The shift of the week as an exception has it; None when it does not work."""
    if override is None or override.kind is Kind.EXTRA:
        return shift
    if override.kind is Kind.CANCELLED:
        return None
    starts, ends = override.starts or shift.starts, override.ends or shift.ends
    breaks = shift.breaks if override.breaks is None else override.breaks
    return shift.model_copy(update={"starts": starts, "ends": ends, "breaks": breaks})


def _extra(override: Override) -> Shift:
    return Shift(
        id=override.shift,
        name=override.name or EXTRA_NAME,
        days=WEEKDAYS,
        starts=override.starts or time(0),
        ends=override.ends or time(0),
        breaks=override.breaks or (),
    )


def _occurrence(shift: Shift, day: date, zone: ZoneInfo) -> ShiftSpan:
    starts, ends = _span(day, shift.starts, shift.ends, zone)
    breaks = tuple(_break_of(pause, shift, day, zone) for pause in shift.breaks)
    return ShiftSpan(shift, day, starts, ends, breaks)


def _break_of(pause: Break, shift: Shift, day: date, zone: ZoneInfo) -> Span:
    # A break earlier on the clock than its shift's start lies after midnight.
    return _span(day if pause.starts >= shift.starts else day + ONE_DAY, pause.starts, pause.ends, zone)


def _span(day: date, starts: time, ends: time, zone: ZoneInfo) -> Span:
    """From one time on the wall to the next; empty where clocks skip the start beyond the end."""
    begin = _instant(day, starts, zone)
    return begin, max(begin, _instant(day if ends > starts else day + ONE_DAY, ends, zone))


def _day_starts(calendar: Calendar, day: date) -> int:
    starts = min(shift.starts for shift in calendar.week(day).shifts)
    return _instant(day, starts, ZoneInfo(calendar.zone))


def _day_of(at_us: int, zone: ZoneInfo) -> date:
    return (EPOCH + timedelta(microseconds=at_us)).astimezone(zone).date()


def _instant(day: date, clock: time, zone: ZoneInfo) -> int:
    """A time on the wall as an instant: the first of two when clocks go back, moved on when clocks skip it."""
    return (datetime.combine(day, clock, zone).astimezone(UTC) - EPOCH) // timedelta(microseconds=1)
