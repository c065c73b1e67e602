"""Who is on call: the rotations of a roster by turn, shift and skill, changed by overrides → persons. Pure.

Persons are personnel numbers; instants are microseconds since 1970 UTC. A turn begins at its handover by the clock on
the wall, so a turn over a night on which clocks change is an hour shorter or longer, and no instant has two turns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

from config.calendar import Calendar
from config.shifts import Span, edges_between, shift_at

ONE_DAY = timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class OverrideKind(StrEnum):
    """What an override does to a roster for a span of time."""

    ADD = "add"
    REMOVE = "remove"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class Rotation:
    """Members who take turns of so many days, the first from `first` on; `shifts` empty: at all times.

    With a `skill` the turn of somebody without it is taken by the next member who has it.
    """

    members: tuple[str, ...]
    days: int
    handover: time
    first: date
    shifts: frozenset[str] = frozenset()
    skill: str | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """A person is on call beside the others, is not, or is in place of another, for a span of time."""

    kind: OverrideKind
    person: str
    span: Span
    instead_of: str | None = None


@dataclass(frozen=True, slots=True)
class Roster:
    """All that says who is on call."""

    id: str
    zone: str
    rotations: tuple[Rotation, ...]
    overrides: tuple[Override, ...] = ()


@dataclass(frozen=True, slots=True)
class Staff:
    """Who works here and until when, and who can do what until when; None: for good."""

    active: Mapping[str, tuple[int, int | None]] = field(default_factory=dict)
    skills: Mapping[str, Mapping[str, int | None]] = field(default_factory=dict)

    def works(self, person: str, at_us: int) -> bool:
        """Whether somebody is with the company at an instant."""
        span = self.active.get(person)
        return span is not None and span[0] <= at_us and (span[1] is None or at_us < span[1])

    def can(self, person: str, skill: str | None, at_us: int) -> bool:
        """Whether somebody has a skill that has not expired; everybody has None."""
        if skill is None:
            return True
        held = self.skills.get(person, {})
        until = held.get(skill)
        return skill in held and (until is None or at_us < until)


def on_call(roster: Roster, at_us: int, calendar: Calendar, staff: Staff) -> tuple[str, ...]:
    """The persons on call at an instant, in the order in which they are called; empty when nobody is."""
    running = shift_at(calendar, at_us)
    found: list[str] = []
    for rotation in roster.rotations:
        if not rotation.shifts or (running is not None and running.shift.id in rotation.shifts):
            found += _taker(rotation, roster.zone, at_us, staff)
    for one in roster.overrides:
        if one.span[0] <= at_us < one.span[1]:
            found = _overridden(found, one)
    return tuple(dict.fromkeys(person for person in found if staff.works(person, at_us)))


def turns(roster: Roster, span: Span, calendar: Calendar, staff: Staff) -> list[tuple[int, int, tuple[str, ...]]]:
    """[from, to) in pieces with who is on call in each; neighbours differ, and together they are the whole of it."""
    found: list[tuple[int, int, tuple[str, ...]]] = []
    edges = [span[0], *_edges(roster, span, calendar, staff), span[1]]
    for start, end in pairwise(edges):
        persons = on_call(roster, start, calendar, staff)
        if found and found[-1][2] == persons:
            found[-1] = (found[-1][0], end, persons)
        elif start < end:
            found.append((start, end, persons))
    return found


def _taker(rotation: Rotation, zone: str, at_us: int, staff: Staff) -> list[str]:
    """Whose turn it is, or who takes it in the order of the members; nobody when none of them can."""
    members, day = rotation.members, _turn_day(rotation, zone, at_us)
    if not members or day < rotation.first:
        return []
    turn = (day - rotation.first).days // rotation.days % len(members)
    in_order = members[turn:] + members[:turn]
    if rotation.skill is None:
        return [in_order[0]]
    return [one for one in in_order if staff.works(one, at_us) and staff.can(one, rotation.skill, at_us)][:1]


def _turn_day(rotation: Rotation, zone: str, at_us: int) -> date:
    """The day on which the turn in force has begun: the last one whose handover is not after the instant."""
    there = (EPOCH + timedelta(microseconds=at_us)).astimezone(ZoneInfo(zone))
    day = there.date()
    return day if at_us >= _handover_us(rotation, zone, day) else day - ONE_DAY


def _handover_us(rotation: Rotation, zone: str, day: date) -> int:
    """When the turn of a day begins: the first of two instants of that name; one that is left out, an hour later."""
    local = datetime.combine(day, rotation.handover, ZoneInfo(zone))
    return (local.astimezone(UTC) - EPOCH) // timedelta(microseconds=1)


def _overridden(persons: Sequence[str], override: Override) -> list[str]:
    match override.kind:
        case OverrideKind.ADD:
            return [*persons, override.person]
        case OverrideKind.REMOVE:
            return [person for person in persons if person != override.person]
        case OverrideKind.REPLACE:
            return [override.person if person == override.instead_of else person for person in persons]


def _edges(roster: Roster, span: Span, calendar: Calendar, staff: Staff) -> list[int]:
    """Every instant inside a span at which somebody else may be on call."""
    found = {edge for one in roster.overrides for edge in one.span}
    found |= {end for _, end in staff.active.values() if end is not None} | {
        start for start, _ in staff.active.values()
    }
    found |= {end for held in staff.skills.values() for end in held.values() if end is not None}
    if any(rotation.shifts for rotation in roster.rotations):
        found |= set(edges_between(calendar, *span))
    zone = ZoneInfo(roster.zone)
    day = (EPOCH + timedelta(microseconds=span[0])).astimezone(zone).date()
    last = (EPOCH + timedelta(microseconds=span[1])).astimezone(zone).date()
    while day <= last:
        found |= {_handover_us(rotation, roster.zone, day) for rotation in roster.rotations}
        day += ONE_DAY
    return sorted(edge for edge in found if span[0] < edge < span[1])
