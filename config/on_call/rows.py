"""Rows of the database → rosters, staff and policies of escalation, for mes and alerts alike. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from config.calendar import Calendar
from config.device import Name
from config.on_call.escalation import Policy, Step
from config.on_call.turns import EPOCH, Override, OverrideKind, Roster, Rotation, Staff, on_call, turns

Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class People:
    """Who could be called, as the rows say at one moment."""

    rosters: Mapping[str, Roster]
    staff: Staff
    policies: Mapping[str, Policy]
    calendar: Calendar

    def who(self, roster: str, at_us: int) -> tuple[str, ...]:
        """The persons on call; a roster that is not there has none."""
        found = self.rosters.get(roster)
        return () if found is None else on_call(found, at_us, self.calendar, self.staff)

    def turns(self, roster: str, from_us: int, to_us: int) -> list[tuple[int, int, tuple[str, ...]]]:
        """Who is on call in a span, in pieces."""
        return turns(self.rosters[roster], (from_us, to_us), self.calendar, self.staff)


def rosters_from(rosters: Iterable[Row], rotations: Iterable[Row], overrides: Iterable[Row]) -> dict[str, Roster]:
    """By id; columns as the queries `rosters`, `rotations` and `overrides` give them."""
    taken: dict[str, list[Rotation]] = {}
    for roster, members, days, handover, first, shifts, skill in rotations:
        taken.setdefault(roster, []).append(Rotation(tuple(members), days, handover, first, frozenset(shifts), skill))
    changes: dict[str, list[Override]] = {}
    for roster, kind, person, instead_of, begins, ends in overrides:
        changed = Override(OverrideKind(kind), person, (_us(begins), _us(ends)), instead_of)
        changes.setdefault(roster, []).append(changed)
    return {id_: Roster(id_, zone, tuple(taken.get(id_, ())), tuple(changes.get(id_, ()))) for id_, zone in rosters}


def staff_from(people: Iterable[Row], skills: Iterable[Row], zone: str) -> Staff:
    """Columns as the queries `staff` and `skills` give them; a skill lasts until the end of its last day there."""
    held: dict[str, dict[str, int | None]] = {}
    for person, skill, expires_on in skills:
        held.setdefault(person, {})[skill] = None if expires_on is None else _end_of(expires_on, zone)
    active = {number: (_us(start), None if end is None else _us(end)) for number, start, end in people}
    return Staff(active, held)


def policies_from(policies: Iterable[Row], steps: Iterable[Row]) -> dict[str, Policy]:
    """By id; columns as the queries `policies` and `steps` give them."""
    of: dict[str, list[Step]] = {}
    for policy, after_us, roster, channel in steps:
        of.setdefault(policy, []).append(Step(after_us, roster, channel))
    return {
        id_: Policy(id_, Name(en=en, zh=zh), tuple(of.get(id_, ())), repeat_every_us, repeats)
        for id_, en, zh, repeat_every_us, repeats in policies
    }


def quiet_until(at: datetime, zone: str, quiet_from: time | None, quiet_to: time | None) -> datetime | None:
    """When the quiet time that an instant lies in ends, None when it lies in none. From 22:00 to 06:00 is a night."""
    if quiet_from is None or quiet_to is None or quiet_from == quiet_to:
        return None
    there = at.astimezone(ZoneInfo(zone))
    now, over_night = there.time(), quiet_from > quiet_to
    inside = (now >= quiet_from or now < quiet_to) if over_night else quiet_from <= now < quiet_to
    if not inside:
        return None
    day = there.date() + timedelta(days=1 if over_night and now >= quiet_from else 0)
    return datetime.combine(day, quiet_to, ZoneInfo(zone)).astimezone(UTC)


def _end_of(day: date, zone: str) -> int:
    return _us(datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC))


def _us(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)
