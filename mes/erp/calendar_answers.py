"""Calendar and exceptions ↔ what the API tells and takes. Pure."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from config.calendar import Calendar, Kind
from config.plant import WEEKDAYS
from config.shifts import ShiftSpan, day_span, shifts_between, subtract
from contract.sample import from_us
from mes.erp.models_calendar import DayAnswer, OverrideAnswer, OverrideBody, ShiftAnswer, SpanAnswer, clock
from mes.web.models import Names, Person
from mes.web.problems import mistake

HOUR_US = 3_600_000_000
HALF_DAY_US = 12 * HOUR_US


def need_sense(calendar: Calendar, day: date, shift: str, body: OverrideBody) -> None:
    """A Problem 422 where the exception would change nothing that is there, or lacks a part."""
    week = {s.id: s for s in calendar.week(day).shifts if WEEKDAYS[day.weekday()] in s.days}
    if body.kind == "extra" and shift in week:
        raise mistake("path.shift", f"'{shift}' works on {day} anyway: give an extra shift an id of its own.")
    if body.kind != "extra" and shift not in week:
        known = ", ".join(week) or "none"
        raise mistake("path.shift", f"'{shift}' does not work on {day}; shifts of that day are {known}.")
    if body.kind == "extra" and (body.starts is None or body.ends is None):
        raise mistake("body.starts", "An extra shift needs 'starts' and 'ends'.")
    if body.kind == "overtime" and body.starts is None and body.ends is None:
        raise mistake("body.ends", "Overtime needs 'starts' or 'ends'.")
    if body.kind in ("cancelled", "breaks") and (body.starts or body.ends):
        raise mistake("body.kind", "Only overtime and extra shifts have 'starts' and 'ends'.")
    if body.kind == "breaks" and body.breaks is None:
        raise mistake("body.breaks", "List all breaks of that shift; an empty list means none.")
    if body.kind == "cancelled" and body.breaks is not None:
        raise mistake("body.breaks", "A cancelled shift has no breaks.")
    if body.kind != "extra" and body.name is not None:
        raise mistake("body.name", "Only an extra shift has a name of its own.")


def row_of(place: tuple[date, str], kind: str, by: str, body: Person) -> dict[str, Any]:
    """What is put down."""
    given = body if isinstance(body, OverrideBody) else None
    breaks = None if given is None or given.breaks is None else [b.model_dump() for b in given.breaks]
    return {
        "day": place[0],
        "shift": place[1],
        "kind": kind,
        "starts": given and given.starts,
        "ends": given and given.ends,
        "breaks": breaks,
        "name": None if given is None or given.name is None else given.name.model_dump(),
        "by": by,
        "why": body.why,
    }


def says_the_same(answer: OverrideAnswer, row: dict[str, Any]) -> bool:
    """True when an exception says already what is to be put down, by whomever."""
    said = answer.model_dump()
    breaks, name = row["breaks"], row["name"]
    return (
        all(said[key] == row[key] for key in ("kind", "starts", "ends", "why"))
        and said["breaks"] == breaks
        and said["name"] == name
    )


def override_answer(row: Sequence[Any]) -> OverrideAnswer:
    """A row as it is told."""
    id_, day, shift, kind, starts, ends, breaks, name, by, why, at, known_at = row
    return OverrideAnswer(
        id=id_,
        day=day,
        shift=shift or None,
        kind=Kind(kind),
        starts=clock(starts),
        ends=clock(ends),
        breaks=breaks,
        name=name,
        by=by,
        why=why,
        at=at,
        known_at=known_at,
    )


def day_answer(calendar: Calendar, day: date, overrides: Sequence[OverrideAnswer]) -> DayAnswer:
    """A production day; of the exceptions those of this day."""
    start, end = day_span(calendar, day)
    shifts = [s for s in shifts_between(calendar, start - HALF_DAY_US, end + HALF_DAY_US) if s.day == day]
    return DayAnswer(
        day=day,
        from_=from_us(start),
        to=from_us(end),
        hours=(end - start) / HOUR_US,
        shifts=[_shift(shift) for shift in shifts],
        overrides=[override for override in overrides if override.day == day],
    )


def _shift(shift: ShiftSpan) -> ShiftAnswer:
    worked = subtract([(shift.starts_us, shift.ends_us)], shift.breaks)
    return ShiftAnswer(
        id=shift.shift.id,
        name=Names(en=shift.shift.name.en, zh=shift.shift.name.zh),
        from_=from_us(shift.starts_us),
        to=from_us(shift.ends_us),
        breaks=[SpanAnswer(from_=from_us(a), to=from_us(b)) for a, b in shift.breaks],
        planned_us=sum(b - a for a, b in worked),
    )
