"""Of which time the page of stops is: the last day, a production day, or a shift of it. Pure."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from config.calendar import Calendar
from config.shifts import ShiftSpan, day_span, shifts_of_day
from mes.facts.model import Span


@dataclass(frozen=True, slots=True)
class Picked:
    """A span, the shifts of its day to choose from, and how an address names it."""

    span: Span
    day: date | None = None
    shift: str | None = None
    shifts: list[ShiftSpan] = field(default_factory=list)

    @property
    def query(self) -> dict[str, str]:
        """Day and shift as an address has them."""
        named = {"day": self.day.isoformat() if self.day else "", "shift": self.shift or ""}
        return {key: text for key, text in named.items() if text}


def picked(calendar: Calendar, day: date, shift: str | None) -> Picked:
    """A production day, or a shift of it; the whole day where it has no such shift."""
    whole = day_span(calendar, day)
    shifts = shifts_of_day(calendar, day)
    found = next((one for one in shifts if one.shift.id == shift), None)
    if found is None:
        return Picked(whole, day, None, shifts)
    return Picked((found.starts_us, found.ends_us), day, found.shift.id, shifts)


def beside(day: date, days: int) -> date:
    """The day so many days later, or earlier; the same where the calendar of the world ends."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return day
