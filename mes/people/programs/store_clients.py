"""Programs that may use the API, and their keys: made, changed and revoked, each with its audit entry."""

import os
import secrets
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from mes.feed.event import RANDOM_BYTES as ID_BYTES
from mes.feed.event import time_ordered_id
from mes.feed.store_audit import note
from mes.people import secrets_text
from mes.people.programs.client_text import Client
from mes.web.access.author import OPEN_CLIENT, Author
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.people.programs")


class CannotChangeClient(Exception):
    """The client is not there, is there already, or is revoked; the text says which, and the cure."""


async def add_client(
    conn: Connection, name: str, scopes: Iterable[str], expires_at: datetime | None, author: Author
) -> str:
    """The key of a new client. It is told here and never again."""
    if name == OPEN_CLIENT:
        raise CannotChangeClient(f"'{name}' is who asks without a key: give the program another name")
    named = sorted(scopes)
    row = {"name": name, "scopes": named, **_author(author)}
    async with conn.transaction():
        if not (await conn.execute(SQL["add_client"].encode(), row)).rowcount:
            raise CannotChangeClient(
                f"'{name}' is there already: `shopfloor client rotate {name}` gives it another key; "
                "a program that is another one needs another name, since journals tell them apart by it"
            )
        _, key = await _add_key(conn, name, expires_at, author)
        await note(conn, author, "add", f"client/{name}", None, _told(named, expires_at))
    return key


async def rotate_key(
    conn: Connection, name: str, expires_at: datetime | None, overlap: timedelta, author: Author
) -> str:
    """Another key of a client; the ones before are good for `overlap` more, revoked at once where it is nothing."""
    async with conn.transaction():
        scopes = await _held(conn, name)
        id_, key = await _add_key(conn, name, expires_at, author)
        statement = "end_keys" if overlap else "revoke_keys"
        row = {"name": name, "id": id_, "ends_at": datetime.now(UTC) + overlap}
        await conn.execute(SQL[statement].encode(), row)
        told = _told(scopes, expires_at) | {"overlap_s": round(overlap.total_seconds())}
        await note(conn, author, "rotate", f"client/{name}", None, told)
    return key


async def revoke_client(conn: Connection, name: str, author: Author) -> None:
    """All keys and tokens of a client are good for nothing from now on, and it gets no others."""
    async with conn.transaction():
        scopes = await _held(conn, name)
        await conn.execute(SQL["revoke_keys"].encode(), {"name": name, "id": None})
        await conn.execute(SQL["revoke_client"].encode(), {"name": name})
        await note(conn, author, "revoke", f"client/{name}", _told(scopes, None), None)


async def change_scopes(conn: Connection, name: str, scopes: Iterable[str], author: Author) -> None:
    """What a client may do from now on; its keys stay, its tokens lose what it loses."""
    async with conn.transaction():
        before = await _held(conn, name)
        after = sorted(scopes)
        await conn.execute(SQL["scope_client"].encode(), {"name": name, "scopes": after})
        await note(conn, author, "scopes", f"client/{name}", {"scopes": before}, {"scopes": after})


async def clients(conn: Connection) -> list[Client]:
    """All of them, revoked ones too."""
    rows = await (await conn.execute(SQL["clients"].encode())).fetchall()
    return [
        Client(name, tuple(scopes), revoked_at, good, None if endless else expires_at)
        for name, scopes, revoked_at, good, endless, expires_at in rows
    ]


async def _held(conn: Connection, name: str) -> list[str]:
    row = await (await conn.execute(SQL["hold_client"].encode(), {"name": name})).fetchone()
    if row is None:
        raise CannotChangeClient(f"there is no program '{name}': `shopfloor client list` shows all")
    if row[2] is not None:
        raise CannotChangeClient(f"'{name}' is revoked for good: `shopfloor client add` with another name")
    return list(row[1])


async def _add_key(conn: Connection, name: str, expires_at: datetime | None, author: Author) -> tuple[UUID, str]:
    key = secrets_text.text_of("key", secrets.token_bytes(secrets_text.RANDOM_BYTES))
    id_ = time_ordered_id(time.time_ns() // 1_000_000, os.urandom(ID_BYTES))
    row = {"id": id_, "name": name, "hash": secrets_text.hash_of(key), "expires_at": expires_at, **_author(author)}
    await conn.execute(SQL["add_key"].encode(), row)
    return id_, key


def _author(author: Author) -> dict[str, str | None]:
    return {"person": author.person, "client": author.client}


def _told(scopes: list[str], expires_at: datetime | None) -> dict[str, Any]:
    return {"scopes": scopes, "expires_at": None if expires_at is None else expires_at.isoformat()}
