"""Sessions of persons: begun, looked up by their hash, ended, and deleted some time after their end."""

import secrets
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import psycopg
from psycopg.rows import TupleRow

from mes.feed.store_audit import note
from mes.people import secrets_text
from mes.web.access.author import Author
from mes.web.access.holder import BROWSER, Holder, SignedOn
from mes.web.access.scopes import ALL
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.people", "sessions.sql")
LIFE = timedelta(hours=12)
KEPT = timedelta(days=30)
Method = Literal["password", "openid", "link"]


async def begin_session(conn: Connection, person: UUID, number: str, method: Method, source: str) -> str:
    """What the cookie of a new session holds; in the transaction of the log-in."""
    text = secrets_text.text_of("session", secrets.token_bytes(secrets_text.RANDOM_BYTES))
    row = {"hash": secrets_text.hash_of(text), "holder": person, "method": method, "life": LIFE}
    await conn.execute(SQL["begin"].encode(), row)
    told = {"method": method, "source": source}
    await note(conn, Author(number, BROWSER), "log in", f"person/{person}", None, told)
    return text


async def person_with(conn: Connection, text: str) -> Holder | None:
    """Who is logged in by this cookie; None for one that is not known, has ended, or whose person is active no more."""
    row = await (await conn.execute(SQL["holder"].encode(), {"hash": secrets_text.hash_of(text)})).fetchone()
    if row is None:
        return None
    session, id_, number, name, language, grants = row
    granted = tuple((role, place) for role, _, place in (grant.partition("@") for grant in grants))
    return Holder(BROWSER, ALL, str(session), SignedOn(id_, number, name, language, granted, session))


async def end_session(conn: Connection, who: SignedOn) -> None:
    """Log out."""
    async with conn.transaction():
        if (await conn.execute(SQL["end"].encode(), {"id": who.session})).rowcount:
            await note(conn, Author(who.number, BROWSER), "log out", f"person/{who.id}", None, None)


async def end_sessions(conn: Connection, person: UUID, but: UUID | None) -> None:
    """End all sessions of a person, but one; in the transaction of what makes it necessary."""
    await conn.execute(SQL["end_all"].encode(), {"holder": person, "but": but})


def forget_sessions(conn: psycopg.Connection[TupleRow], now: datetime) -> None:
    """Sessions that ended a month ago; the audit entries stay."""
    conn.execute(SQL["forget"].encode(), {"before": now - KEPT})
