"""A month of the calendar → its days in weeks, with what works, what is an exception, and public holidays. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

import holidays

from config.calendar import Calendar, Override
from config.plant import Shift
from config.shifts import shifts_on

WEEK = timedelta(days=7)
LANGUAGES = {"en": "en_US", "zh": "zh_CN"}


@dataclass(frozen=True, slots=True)
class Public:
    """What the state says of a day: the name of a holiday, or that a day of the weekend is worked in place of one."""

    name: str
    make_up: bool


@dataclass(frozen=True, slots=True)
class MonthDay:
    """A day: shifts that work, the exception of the whole day, those of its shifts, and what is public."""

    day: date
    inside: bool
    shifts: list[Shift]
    holiday: Override | None
    changed: list[Override]
    public: Public | None

    @property
    def open_question(self) -> bool:
        """Whether the calendar says another thing than the state: a holiday is worked, or a make-up day is not."""
        if self.public is None:
            return False
        return not self.shifts if self.public.make_up else bool(self.shifts)


def month_of(calendar: Calendar, first: date, country: str | None, language: str) -> list[list[MonthDay]]:
    """The weeks of a month, from Monday on; days beside the month too."""
    begin = first - timedelta(days=first.weekday())
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    public = public_days(country, first.year, language) if country else {}
    weeks = []
    while begin < after:
        weeks.append([_day(calendar, begin + timedelta(days=n), first, public) for n in range(7)])
        begin += WEEK
    return weeks


def _day(calendar: Calendar, day: date, first: date, public: dict[date, Public]) -> MonthDay:
    changed = [override for (on, shift), override in calendar.overrides.items() if on == day and shift]
    inside = (day.year, day.month) == (first.year, first.month)
    return MonthDay(day, inside, shifts_on(calendar, day), calendar.override(day), changed, public.get(day))


@cache
def public_days(country: str, year: int, language: str) -> dict[date, Public]:
    """Public holidays of a country in a year, and days of a weekend that are worked in place of one.

    By the package `holidays`; nothing of a country or year that it does not know.
    """
    try:
        found = holidays.country_holidays(country, years=year, language=LANGUAGES[language])
    except NotImplementedError:
        return {}
    days = {day: Public(name, make_up=False) for day, name in found.items()}
    worked = getattr(found, "weekend_workdays", None) or set()
    return days | {day: Public("", make_up=True) for day in worked if day.year == year}


@cache
def country_of(zone: str) -> str | None:
    """The country of a time zone, by the table of tzdata; None where it names none or several."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    found = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    countries = {row[0] for row in found if row[2] == zone}
    return countries.pop() if len(countries) == 1 else None
