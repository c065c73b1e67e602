"""Stations: registered and ended, each with its audit entry; and which station a cookie is, and who acts at it."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from mes.feed.store_audit import note
from mes.people import secrets_text
from mes.web.access.author import Author
from mes.web.access.holder import Holder, SignedOn, Station
from mes.web.access.scopes import ALL
from mes.web.problems import Problem
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.people", "stations.sql")
# Nobody works longer without signing on again.
LONGEST = timedelta(hours=12)
CLIENT = "station "


@dataclass(frozen=True, slots=True)
class Registered:
    """A station as administrators see it."""

    station: Station
    at: datetime
    person: str | None


async def register(conn: Connection, name: str, machines: Sequence[str], author: Author) -> str:
    """What the cookie of a new station holds; a Problem 409 where another one has the name."""
    text = secrets_text.text_of("station", secrets.token_bytes(secrets_text.RANDOM_BYTES))
    row: dict[str, object] = {"name": name, "machines": list(machines), "hash": secrets_text.hash_of(text)}
    row |= {"person": author.person, "client": author.client}
    made = await (await conn.execute(SQL["add"].encode(), row)).fetchone()
    if made is None:
        raise Problem(409, f"There is a station '{name}' already.", "Give it another name, or end that one first.")
    await note(conn, author, "register", f"station/{made[0]}", None, {"name": name, "machines": list(machines)})
    return text


async def end_station(conn: Connection, id_: UUID, author: Author) -> list[UUID]:
    """The browser is a station no longer; the sign-ons that end with it. In the caller's transaction."""
    row = await (await conn.execute(SQL["end"].encode(), {"id": id_})).fetchone()
    if row is None:
        return []
    await note(conn, author, "end", f"station/{id_}", {"name": row[0]}, None)
    ended = await (await conn.execute(SQL["sign_off_all"].encode(), {"station": id_})).fetchall()
    return [one for (one,) in ended]


async def stations(conn: Connection) -> list[Registered]:
    """All that are in use."""
    rows = await (await conn.execute(SQL["stations"].encode())).fetchall()
    return [Registered(Station(id_, name, tuple(machines)), at, by) for id_, name, machines, at, by in rows]


async def station_of(conn: Connection, id_: UUID) -> Station:
    """A station in use, or a Problem 404."""
    row = await (await conn.execute(SQL["station_by_id"].encode(), {"id": id_})).fetchone()
    if row is None:
        raise Problem(404, f"There is no station '{id_}'.", "Register it at /station on its own browser.")
    return Station(row[0], row[1], tuple(row[2]))


async def station_with(conn: Connection, cookie: str, chosen: str | None) -> Holder | None:
    """The station with this cookie, with who acts at it and all who are signed on."""
    row = await (await conn.execute(SQL["station"].encode(), {"hash": secrets_text.hash_of(cookie)})).fetchone()
    if row is None:
        return None
    station = Station(row[0], row[1], tuple(row[2]))
    people = await signed_on_at(conn, station.id)
    acting = next((one for one in people if str(one.sign_on) == chosen), people[0] if people else None)
    return Holder(f"{CLIENT}{station.name}", ALL, str(station.id), acting, station, tuple(people))


async def signed_on_at(conn: Connection, station: UUID) -> list[SignedOn]:
    """Who is signed on at a station, who came last first."""
    row = {"station": station, "longest": LONGEST}
    rows = await (await conn.execute(SQL["signed_on"].encode(), row)).fetchall()
    return [
        SignedOn(id_, number, name, language, _granted(grants), sign_on=sign_on)
        for sign_on, id_, number, name, language, grants, _ in rows
    ]


def _granted(grants: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return tuple((role, place) for role, _, place in (grant.partition("@") for grant in grants))
