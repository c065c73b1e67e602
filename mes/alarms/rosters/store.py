"""Rosters and policies in the database: put as versions, read as they hold, and asked who is on call."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from psycopg.rows import TupleRow

from config.on_call.rows import People, policies_from, rosters_from, staff_from
from config.plant import Plant
from contract.sample import to_us
from mes.alarms.rosters.models import (
    EscalationPolicyAnswer,
    EscalationPolicyBody,
    EscalationStepBody,
    RosterAnswer,
    RosterBody,
    RotationBody,
    clock,
)
from mes.calendar.store import read_calendar
from mes.feed.store_audit import note
from mes.web.access.author import Author
from mes.web.problems import mistake
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("contract", "on_call.sql") | queries("mes.alarms.rosters")
MINUTE_US = 60_000_000


async def rows(conn: Connection, query: str, **row: Any) -> list[TupleRow]:
    """The rows of one of this room's statements."""
    return await (await conn.execute(SQL[query].encode(), row)).fetchall()


async def read_people(conn: Connection, plant: Plant, at: datetime) -> People:
    """Everything that says who is on call from an instant on."""
    found = [await rows(conn, name, at=at) for name in ("rosters", "rotations", "overrides", "staff", "skills")]
    policies = policies_from(await rows(conn, "policies"), await rows(conn, "steps"))
    staff = staff_from(found[3], found[4], plant.site.zone)
    return People(rosters_from(*found[:3]), staff, policies, await read_calendar(conn, plant.site))


async def all_rosters(conn: Connection, plant: Plant) -> list[RosterAnswer]:
    """Every roster, those that have ended too, with who is on call now."""
    now = datetime.now(UTC)
    people = await read_people(conn, plant, now)
    of: dict[tuple[str, int], list[RotationBody]] = {}
    for roster, version, members, days, handover, first_day, shifts, skill in await rows(conn, "all_rotations"):
        one = {"members": members, "days": days, "handover": f"{handover:%H:%M}", "first_day": first_day}
        of.setdefault((roster, version), []).append(RotationBody(**one, shifts=shifts, skill=skill))
    return [
        RosterAnswer.model_validate(
            {"id": id_, "version": version, "name": {"en": en, "zh": zh}, "zone": zone, "active": active}
            | {"rotations": of.get((id_, version), []), "on_call": people.who(id_, to_us(now))}
        )
        for id_, version, en, zh, zone, active in await rows(conn, "all_rosters")
    ]


async def put_roster(conn: Connection, plant: Plant, id_: str, body: RosterBody, author: Author) -> RosterAnswer:
    """The roster from now on; what says the same as before is no new version."""
    await conn.execute(SQL["stand_alone"].encode())
    await need_persons(conn, {number for one in body.rotations for number in one.members}, "body.rotations")
    shifts = {shift.id for shift in plant.site.shifts}
    for one in body.rotations:
        for shift in one.shifts:
            if shift not in shifts:
                raise mistake("body.rotations", f"'{shift}' is no shift; known are {', '.join(sorted(shifts))}.")
    body = body.model_copy(update={"zone": body.zone or plant.site.zone})
    before = next((one for one in await all_rosters(conn, plant) if one.id == id_), None)
    said = body.model_dump(mode="json")
    was = None if before is None else before.model_dump(mode="json", include=set(RosterBody.model_fields))
    if before is not None and was == said:
        return before
    key = {"id": id_, "version": 1 if before is None else before.version + 1}
    names = {"en": body.name.en, "zh": body.name.zh}
    row = key | names | {"zone": body.zone, "active": body.active, "person": author.person, "client": author.client}
    await conn.execute(SQL["put_roster"].encode(), row)
    for nth, one in enumerate(body.rotations):
        row = one.model_dump() | {"roster": id_, "version": key["version"], "nth": nth, "handover": clock(one.handover)}
        await conn.execute(SQL["put_rotation"].encode(), row)
    await note(conn, author, "roster.changed", f"roster/{id_}", was, said)
    return next(one for one in await all_rosters(conn, plant) if one.id == id_)


async def all_policies(conn: Connection) -> list[EscalationPolicyAnswer]:
    """Every policy, those that have ended too."""
    of: dict[tuple[str, int], list[EscalationStepBody]] = {}
    for policy, version, after_us, roster, channel in await rows(conn, "all_steps"):
        step = EscalationStepBody(after_min=after_us / MINUTE_US, roster=roster, channel=channel)
        of.setdefault((policy, version), []).append(step)
    return [
        EscalationPolicyAnswer.model_validate(
            {"id": id_, "version": version, "name": {"en": en, "zh": zh}, "repeats": repeats, "active": active}
            | {"repeat_every_min": None if every_us is None else every_us / MINUTE_US}
            | {"steps": of.get((id_, version), [])}
        )
        for id_, version, en, zh, every_us, repeats, active in await rows(conn, "all_policies")
    ]


async def put_policy(
    conn: Connection, plant: Plant, id_: str, body: EscalationPolicyBody, author: Author
) -> EscalationPolicyAnswer:
    """The policy from now on; what says the same as before is no new version."""
    await conn.execute(SQL["stand_alone"].encode())
    known = {"roster": {row[0] for row in await rows(conn, "rosters")}, "channel": {c.id for c in plant.channels}}
    for nth, step in enumerate(body.steps):
        for kind, ids in known.items():
            named = getattr(step, kind)
            if named is not None and named not in ids:
                text = ", ".join(sorted(ids)) or "none"
                raise mistake(f"body.steps.{nth}.{kind}", f"'{named}' is no {kind}; known are {text}.")
    before = next((one for one in await all_policies(conn) if one.id == id_), None)
    said = body.model_dump(mode="json")
    was = None if before is None else before.model_dump(mode="json", include=set(EscalationPolicyBody.model_fields))
    if before is not None and was == said:
        return before
    version = 1 if before is None else before.version + 1
    every = body.repeat_every_min
    row = {"id": id_, "version": version, "en": body.name.en, "zh": body.name.zh, "repeats": body.repeats}
    row |= {"repeat_every_us": None if every is None else round(every * MINUTE_US), "active": body.active}
    await conn.execute(SQL["put_policy"].encode(), row | {"person": author.person, "client": author.client})
    for nth, step in enumerate(body.steps):
        made = {"policy": id_, "version": version, "nth": nth, "after_us": round(step.after_min * MINUTE_US)}
        await conn.execute(SQL["put_step"].encode(), made | {"roster": step.roster, "channel": step.channel})
    await note(conn, author, "escalation_policy.changed", f"escalation_policy/{id_}", was, said)
    return next(one for one in await all_policies(conn) if one.id == id_)


async def need_persons(conn: Connection, numbers: Collection[str], place: str) -> None:
    """A Problem 422 for a number that nobody here has."""
    known = {row[0] for row in await rows(conn, "known_persons", numbers=list(numbers))}
    missing = sorted(set(numbers) - known)
    if missing:
        raise mistake(place, f"Nobody has the personnel number '{missing[0]}'; GET /api/v1/people lists all.")


async def names_of(conn: Connection, numbers: Collection[str]) -> dict[str, str]:
    """What persons are called, by number."""
    return dict(await rows(conn, "names", numbers=list(numbers)))
