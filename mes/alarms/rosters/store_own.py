"""What changes by the day: overrides, how persons want to be called, their skills, and their calendar feeds."""

import hashlib
import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from config.plant import Plant
from mes.alarms.rosters.models import RosterOverrideAnswer, RosterOverrideBody, SkillBody, WayAnswer, WayBody, clock
from mes.alarms.rosters.store import MINUTE_US, SQL, need_persons, rows
from mes.feed.store_audit import note
from mes.web.access.author import Author
from mes.web.problems import Problem, mistake
from runtime.lending import Connection


async def add_override(conn: Connection, roster: str, body: RosterOverrideBody, author: Author) -> UUID:
    """Put it down; its id."""
    if roster not in {row[0] for row in await rows(conn, "rosters")}:
        raise Problem(404, f"There is no roster '{roster}'.", "GET /api/v1/rosters lists all.")
    await need_persons(conn, {body.holder, body.instead_of or body.holder}, "body.holder")
    said = body.model_dump(by_alias=True) | {"roster": roster}
    made: UUID = (await rows(conn, "add_override", **said, person=author.person, client=author.client))[0][0]
    told = body.model_dump(mode="json", by_alias=True) | {"id": str(made)}
    await note(conn, author, "roster.overridden", f"roster/{roster}", None, told)
    return made


async def open_overrides(conn: Connection) -> list[RosterOverrideAnswer]:
    """Those that hold now or later."""
    names = ("id", "roster", "kind", "holder", "instead_of", "from", "to", "why", "person", "client")
    return [
        RosterOverrideAnswer.model_validate(dict(zip(names, row, strict=True)))
        for row in await rows(conn, "open_overrides")
    ]


async def end_override(conn: Connection, id_: UUID, author: Author) -> None:
    """It holds no more; ending it twice is ending it once."""
    for (roster,) in await rows(conn, "end_override", id=id_):
        await note(conn, author, "roster.override_ended", f"roster/{roster}", {"id": str(id_)}, None)


async def ways_of(conn: Connection, holder: str | None = None) -> list[WayAnswer]:
    """How one person, or everybody, wants to be called; high priority first."""
    return [_way(row) for row in await rows(conn, "ways", holder=holder)]


async def add_way(conn: Connection, plant: Plant, body: WayBody, author: Author) -> WayAnswer:
    """Put it down."""
    channels = {channel.id for channel in plant.channels}
    if body.channel not in channels:
        known = ", ".join(sorted(channels)) or "none"
        raise mistake("body.channel", f"'{body.channel}' is no channel of the plant file; known are {known}.")
    await need_persons(conn, {body.holder}, "body.holder")
    row = body.model_dump() | {"after_us": round(body.after_min * MINUTE_US)}
    for name in ("quiet_from", "quiet_to"):
        row[name] = None if row[name] is None else clock(row[name])
    made = (await rows(conn, "add_way", **row, person=author.person, client=author.client))[0][0]
    # An address is a person's own: the audit entry is kept for good, and does not hold it.
    told = body.model_dump(mode="json", exclude={"address"})
    await note(conn, author, "notification_rule.added", f"notification_rule/{made}", None, told)
    return WayAnswer(id=made, **body.model_dump())


async def end_way(conn: Connection, id_: UUID, author: Author) -> None:
    """It holds no more."""
    if await rows(conn, "end_way", id=id_):
        await note(conn, author, "notification_rule.ended", f"notification_rule/{id_}", {"id": str(id_)}, None)


async def holder_of(conn: Connection, id_: UUID) -> str | None:
    """Whose way this is."""
    found = await rows(conn, "way_holder", id=id_)
    return found[0][0] if found else None


async def put_skill(conn: Connection, body: SkillBody, author: Author) -> None:
    """What somebody can do from now on."""
    await need_persons(conn, {body.holder}, "body.holder")
    row = body.model_dump() | {"person": author.person, "client": author.client}
    await conn.execute(SQL["put_skill"].encode(), row)
    await note(conn, author, "skill.changed", f"skill/{body.skill}", None, body.model_dump(mode="json"))


async def skills(conn: Connection) -> list[SkillBody]:
    """All that hold or have expired, by person."""
    names = ("holder", "skill", "level", "expires_on")
    return [SkillBody(**dict(zip(names, row, strict=True))) for row in await rows(conn, "all_skills")]


async def history(conn: Connection, start: datetime, end: datetime, most: int) -> list[Any]:
    """Who was on call: roster, person, from, to; the newest first."""
    return await rows(conn, "history", **{"from": start, "to": end, "most": most})


async def new_feed(conn: Connection, holder: str) -> str:
    """A secret for the address of a person's shifts; the one before is none any more."""
    secret = secrets.token_urlsafe(24)
    await conn.execute(SQL["put_feed"].encode(), {"holder": holder, "hash": _hash(secret)})
    return secret


async def feed_holder(conn: Connection, secret: str) -> tuple[str, str | None] | None:
    """Whose shifts these are and their language; None for an unknown secret."""
    found = await rows(conn, "feed_holder", hash=_hash(secret))
    return (found[0][0], found[0][1]) if found else None


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _way(row: Any) -> WayAnswer:
    id_, holder, priority, channel, address, after_us, quiet_from, quiet_to = row
    return WayAnswer(
        id=id_,
        holder=holder,
        priority=priority,
        channel=channel,
        address=address,
        after_min=after_us / MINUTE_US,
        quiet_from=None if quiet_from is None else f"{quiet_from:%H:%M}",
        quiet_to=None if quiet_to is None else f"{quiet_to:%H:%M}",
    )
