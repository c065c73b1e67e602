"""What the works had planned in October 2025, told a second time and without the product's calendar.

A small run has four days of it: with everything that people had put down, and the night in which the clocks go back.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.support.size import WHOLE

Span = tuple[int, int]
HOUR_US = 3_600_000_000
BERLIN = ZoneInfo("Europe/Berlin")
FIRST, DAYS = (date(2025, 10, 1), 30) if WHOLE else (date(2025, 10, 23), 4)
SUNDAY = 6
SHIFTS = {
    "early": ("06:00", "14:00", (("09:00", "09:15"), ("12:00", "12:30"))),
    "late": ("14:00", "22:00", (("18:00", "18:30"),)),
    "night": ("22:00", "06:00", (("02:30", "03:00"),)),
}


def _october(whole: int, small: int) -> str:
    """A day by its date, in a whole month and in the four days of a small run."""
    return f"2025-10-{whole if WHOLE else small:02}"


# Day, shift, kind, starts, ends, breaks: as a person puts them down.
OVERRIDES = (
    (_october(3, 23), "", "holiday", None, None, None),
    (_october(12, 26), "sunday-work", "extra", "08:00", "12:30", (("10:00", "10:20"),)),
    (_october(15, 24), "early", "overtime", None, "16:10", None),
    (_october(15, 24), "late", "cancelled", None, None, None),
    (_october(21, 25), "late", "breaks", None, None, (("17:00", "17:05"), ("19:30", "20:10"))),
)


@dataclass(frozen=True)
class Window:
    """A span of the month by a name for people."""

    name: str
    span: Span


def instant(day: date, clock: str) -> int:
    """Microseconds of a time on the wall; the first of two when clocks go back."""
    local = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=BERLIN)
    return (local.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def shifts_of(day: date) -> dict[str, tuple[str, str, tuple[tuple[str, str], ...]]]:
    """The shifts that start on a day: begin, end, breaks, by the clock."""
    found = {} if day.weekday() == SUNDAY else dict(SHIFTS)
    for on, shift, kind, starts, ends, breaks in OVERRIDES:
        if on != str(day):
            continue
        if kind == "holiday":
            found = {}
        elif kind == "cancelled":
            del found[shift]
        elif kind == "extra":
            found[shift] = (str(starts), str(ends), breaks or ())
        else:
            old = found[shift]
            found[shift] = (starts or old[0], ends or old[1], old[2] if breaks is None else breaks)
    return found


def _span(day: date, starts: str, ends: str, after: str) -> Span:
    """A span by the clock; what is earlier than the shift's begin lies after midnight."""
    first = day if starts >= after else day + timedelta(days=1)
    return instant(first, starts), instant(first if ends > starts else first + timedelta(days=1), ends)


def days() -> list[date]:
    """The production days of the month."""
    return [FIRST + timedelta(days=n) for n in range(DAYS)]


def windows() -> list[Window]:
    """Each shift, each production day, the month."""
    found = [
        Window(f"{day} {name}", _span(day, starts, ends, starts))
        for day in days()
        for name, (starts, ends, _) in shifts_of(day).items()
    ]
    found += [Window(str(day), (instant(day, "06:00"), instant(day + timedelta(days=1), "06:00"))) for day in days()]
    return [*found, Window("month", (instant(FIRST, "06:00"), instant(FIRST + timedelta(days=DAYS), "06:00")))]


def planned() -> list[Span]:
    """The shifts less their breaks, in order and apart."""
    found: list[Span] = []
    for day in days():
        for starts, ends, breaks in shifts_of(day).values():
            at, end = _span(day, starts, ends, starts)
            for pause in (_span(day, a, b, starts) for a, b in breaks):
                found.append((at, pause[0]))
                at = pause[1]
            found.append((at, end))
    return sorted(found)
