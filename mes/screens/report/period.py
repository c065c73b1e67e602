"""Which shift, production day, week or month a report is of → its span of time, and its neighbours. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from config.calendar import Calendar
from config.plant import Shift
from config.shifts import ShiftSpan, day_at, day_span, shift_at, shifts_between, shifts_on
from mes.facts.model import Span

PeriodKind = Literal["shift", "day", "week", "month"]
ONE_DAY = timedelta(days=1)
DAY_US = 86_400_000_000
# So far a search for the shift before or after goes: past a plant's holidays.
REACH_US = 40 * DAY_US


@dataclass(frozen=True, slots=True)
class Period:
    """A span of production time: `day` is its first production day; of a shift it has the shift, else None."""

    kind: PeriodKind
    day: date
    shift: Shift | None
    span: Span

    @property
    def query(self) -> str:
        """What names it in an address."""
        return f"period={self.kind}&day={self.day.isoformat()}" + (f"&shift={self.shift.id}" if self.shift else "")


def period_of(calendar: Calendar, kind: PeriodKind, day: date | None, shift: str | None, now_us: int) -> Period | None:
    """The period that is named; without a day the newest one that has begun; None where there is no such shift."""
    if kind == "shift":
        return _shift(calendar, day, shift, now_us)
    return _days(calendar, kind, day or day_at(calendar, now_us))


def finished(calendar: Calendar, kind: PeriodKind, at_us: int) -> Period | None:
    """The last period that had ended at an instant."""
    newest = period_of(calendar, kind, None, None, at_us)
    while newest is not None and newest.span[1] > at_us:
        newest = neighbours(calendar, newest, at_us)[0]
    return newest


def neighbours(calendar: Calendar, period: Period, now_us: int) -> tuple[Period | None, Period | None]:
    """The period before and the one after; none after one that has not yet ended."""
    if period.kind == "shift":
        return _before(calendar, period), _after(calendar, period, now_us)
    before = _days(calendar, period.kind, period.day - ONE_DAY)
    following = day_at(calendar, period.span[1])
    return before, _days(calendar, period.kind, following) if period.span[1] < now_us else None


def earlier(calendar: Calendar, period: Period, count: int) -> list[Period]:
    """The periods to compare with, the newest first: of a shift the same shift on days before."""
    found: list[Period] = []
    at = period
    for _ in range(60):
        if len(found) == count:
            break
        if period.shift is None:
            at = _days(calendar, period.kind, at.day - ONE_DAY)
            found.append(at)
            continue
        at = Period("shift", at.day - ONE_DAY, None, (0, 0))
        found += [_period(one) for one in _occurrences(calendar, at.day) if one.shift.id == period.shift.id]
    return found


def _shift(calendar: Calendar, day: date | None, name: str | None, now_us: int) -> Period | None:
    if day is None:
        running = shift_at(calendar, now_us)
        begun = [one for one in shifts_between(calendar, now_us - REACH_US, now_us) if one.starts_us < now_us]
        newest = running or (begun[-1] if begun else None)
        return _period(newest) if newest else None
    of_day = _occurrences(calendar, day)
    if name is None:
        return _period(of_day[0]) if of_day else None
    return next((_period(one) for one in of_day if one.shift.id == name), None)


def _occurrences(calendar: Calendar, day: date) -> list[ShiftSpan]:
    start, end = day_span(calendar, day)
    ids = {shift.id for shift in shifts_on(calendar, day)}
    return [
        one for one in shifts_between(calendar, start - DAY_US, end + DAY_US) if one.day == day and one.shift.id in ids
    ]


def _period(one: ShiftSpan) -> Period:
    return Period("shift", one.day, one.shift, (one.starts_us, one.ends_us))


def _before(calendar: Calendar, period: Period) -> Period | None:
    start = period.span[0]
    found = [one for one in shifts_between(calendar, start - REACH_US, start) if one.starts_us < start]
    return _period(found[-1]) if found else None


def _after(calendar: Calendar, period: Period, now_us: int) -> Period | None:
    start = period.span[0]
    found = [one for one in shifts_between(calendar, start, min(now_us, start + REACH_US)) if start < one.starts_us]
    return _period(found[0]) if found else None


def _days(calendar: Calendar, kind: PeriodKind, day: date) -> Period:
    """The production day, or the whole week or month that it lies in."""
    first, last = day, day
    if kind == "week":
        first = day - timedelta(days=day.weekday())
        last = first + timedelta(days=6)
    elif kind == "month":
        first = day.replace(day=1)
        last = (first + timedelta(days=31)).replace(day=1) - ONE_DAY
    return Period(kind, first, None, (day_span(calendar, first)[0], day_span(calendar, last)[1]))
