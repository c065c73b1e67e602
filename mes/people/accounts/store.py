"""Persons as an administrator sees them: who they are, how they prove it, where they are logged in; and who is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from mes.feed.store_audit import note
from mes.people.store_sessions import end_sessions
from mes.web.access.author import Author
from mes.web.problems import Problem
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.people.accounts")
PERSON = "person/"


@dataclass(frozen=True, slots=True)
class Account:
    """A person; `roles` are those of this moment, wherever they hold."""

    id: UUID
    number: str
    name: str | None
    language: Literal["en", "zh"] | None
    active_from: datetime
    active_to: datetime | None
    active: bool
    roles: list[str]
    password: bool
    pin: bool
    badge: bool
    locked_until: datetime | None
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Session:
    """A browser in which a person is logged in."""

    id: UUID
    method: str
    begins_at: datetime
    seen_at: datetime
    expires_at: datetime


async def accounts(
    conn: Connection, most: int, skip: int = 0, find: str | None = None, id_: UUID | None = None
) -> list[Account]:
    """Persons by number, those who are active first."""
    sought = None if not find else "%" + find.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    row = {"most": most, "skip": skip, "find": sought, "id": id_}
    return [Account(*columns) for columns in await (await conn.execute(SQL["accounts"].encode(), row)).fetchall()]


async def account_of(conn: Connection, id_: UUID) -> Account:
    """The person, or a Problem 404."""
    found = await accounts(conn, 1, id_=id_)
    if not found:
        raise Problem(404, f"There is no person '{id_}'.", "GET /api/v1/people lists all.")
    return found[0]


async def called(conn: Connection, subjects: Sequence[str]) -> dict[str, str]:
    """Those subjects of audit entries that are persons, by what they are called now."""
    ids = [one.removeprefix(PERSON) for one in subjects if one.startswith(PERSON)]
    rows = await (await conn.execute(SQL["called"].encode(), {"ids": ids})).fetchall()
    return {PERSON + id_: name for id_, name in rows}


async def sessions_of(conn: Connection, person: UUID) -> list[Session]:
    """Where a person is logged in."""
    rows = await (await conn.execute(SQL["sessions"].encode(), {"holder": person})).fetchall()
    return [Session(*columns) for columns in rows]


async def need_another_administrator(conn: Connection, person: UUID, site: str) -> None:
    """A Problem 409 where nobody but this person administers the site: then nobody could be let in any more."""
    row = await (await conn.execute(SQL["other_administrators"].encode(), {"id": person, "site": site})).fetchone()
    if row is None or not row[0]:
        raise Problem(409, "This is the last administrator.", "Make somebody else administrator of the site first.")


async def end_person(conn: Connection, person: UUID, author: Author) -> None:
    """The person is active no longer, and logged in nowhere. In the caller's transaction."""
    row = {"id": person, "person": author.person, "client": author.client}
    if (await conn.execute(SQL["end_person"].encode(), row)).rowcount:
        await note(conn, author, "end", f"person/{person}", None, None)
    await end_sessions(conn, person, None)


async def set_language(conn: Connection, person: UUID, language: str, author: Author) -> None:
    """In which language the person reads from now on."""
    row = {"id": person, "language": language, "person": author.person, "client": author.client}
    async with conn.transaction():
        if (await conn.execute(SQL["set_language"].encode(), row)).rowcount:
            await note(conn, author, "put", f"person/{person}", None, {"language": language})


async def anybody_can_log_in(conn: Connection) -> bool:
    """Whether somebody can log in."""
    row = await (await conn.execute(SQL["anybody"].encode())).fetchone()
    return row is not None and bool(row[0])
