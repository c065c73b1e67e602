"""The site's working time: a week of shifts from a day on, and dated exceptions from it. Pure.

How these become spans of UTC microseconds is in `config.shifts`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from enum import StrEnum
from typing import Any

from config.device import Name
from config.plant import Break, Shift, Site

WHOLE_DAY = ""
EXTRA_NAME = Name(en="Extra shift", zh="加班班次")


class Kind(StrEnum):
    """What a dated exception does to a production day or to one of its shifts."""

    HOLIDAY = "holiday"  # no shift of the week works on this day; extra shifts do
    CANCELLED = "cancelled"  # this shift does not work
    OVERTIME = "overtime"  # this shift starts or ends at another time
    BREAKS = "breaks"  # this shift has other breaks
    EXTRA = "extra"  # a shift that the week does not have
    WITHDRAWN = "withdrawn"  # as if there had been no exception


@dataclass(frozen=True, slots=True)
class Override:
    """A dated exception; `shift` is empty for the whole day, times None where they stay as the week has them."""

    day: date
    shift: str
    kind: Kind
    starts: time | None = None
    ends: time | None = None
    breaks: tuple[Break, ...] | None = None
    name: Name | None = None


@dataclass(frozen=True, slots=True)
class Week:
    """A week of shifts that holds from a production day on; None: always."""

    since: date | None
    shifts: tuple[Shift, ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Weeks in the order in which they became known: on each day the last one holds that has begun by then."""

    zone: str
    closes_after: timedelta
    weeks: tuple[Week, ...]
    overrides: Mapping[tuple[date, str], Override] = field(default_factory=dict)

    def week(self, day: date) -> Week:
        """The week that holds on a production day; before all weeks the first one."""
        fitting = [week for week in self.weeks if week.since is None or week.since <= day]
        return fitting[-1] if fitting else self.weeks[0]

    def override(self, day: date, shift: str = WHOLE_DAY) -> Override | None:
        """The exception for a day or for one of its shifts, or None."""
        return self.overrides.get((day, shift))

    def extras(self, day: date) -> list[Override]:
        """The shifts that a day has beyond its week."""
        return [o for (on, _), o in self.overrides.items() if on == day and o.kind is Kind.EXTRA]


def calendar_of(site: Site) -> Calendar:
    """The calendar of the plant file alone."""
    return Calendar(site.zone, site.closes_after, (Week(None, site.shifts),))


def calendar_from(site: Site, weeks: Sequence[Sequence[Any]], overrides: Iterable[Sequence[Any]]) -> Calendar:
    """The calendar that the database tells; without a week there, that of the plant file.

    Weeks are (since, shifts, zone) and overrides (day, shift, kind, starts, ends, breaks, name), each in the order in
    which they became known: of two for one day and shift the later one holds.
    """
    known = tuple(Week(since, tuple(Shift.model_validate(one) for one in shifts)) for since, shifts, _ in weeks)
    latest = {(row[0], row[1]): override_from(row) for row in overrides}
    standing = {key: override for key, override in latest.items() if override.kind is not Kind.WITHDRAWN}
    if not known:
        return Calendar(site.zone, site.closes_after, (Week(None, site.shifts),), standing)
    return Calendar(weeks[-1][2], site.closes_after, known, standing)


def override_from(row: Sequence[Any]) -> Override:
    """One row of the database."""
    day, shift, kind, starts, ends, breaks, name = row
    pauses = None if breaks is None else tuple(Break.model_validate(one) for one in breaks)
    return Override(day, shift, Kind(kind), starts, ends, pauses, None if name is None else Name.model_validate(name))


def shifts_as_json(shifts: Iterable[Shift]) -> list[dict[str, Any]]:
    """Shifts as they are kept in the database."""
    return [shift.model_dump(mode="json") for shift in shifts]
