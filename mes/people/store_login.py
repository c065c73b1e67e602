"""A person logs in by personnel number and password: tried, counted, locked after too many wrong ones, and audited."""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from mes.feed.store_audit import note
from mes.people import passwords
from mes.people.store_sessions import begin_session, end_sessions
from mes.web.access.author import Author
from mes.web.access.holder import BROWSER, SignedOn
from mes.web.context import LEND_S
from runtime.database import queries
from runtime.lending import Connection, Pool

SQL = queries("mes.people", "sessions.sql")
MOST_WRONG = 5
WITHIN = timedelta(minutes=15)
# Each hash takes 64 MiB and a processor: two at a time, beside the event loop.
HASHERS = ThreadPoolExecutor(2, "hash")


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a try; `session` is what the cookie holds, `locked_until` says why nothing was even looked at."""

    session: str | None = None
    language: str | None = None
    locked_until: datetime | None = None


async def log_in(pool: Pool, number: str, password: str, source: str) -> Tried:
    """A session for the right password; the fifth wrong one within a quarter of an hour locks the person out."""
    async with pool.connection(LEND_S) as conn:
        row = {"number": number, "within": WITHIN}
        known = await (await conn.execute(SQL["try"].encode(), row)).fetchone()
        locked = None if known else await (await conn.execute(SQL["locked"].encode(), row)).fetchone()
    if locked is not None:
        return Tried(locked_until=locked[0])
    id_, hashed, _, tries, language = known or (None, None, None, 0, None)
    if not (tries <= MOST_WRONG and await is_right(password, hashed)):
        async with pool.connection(LEND_S) as conn:
            return Tried(locked_until=await note_wrong(conn, id_, tries, "password", source))
    assert id_ is not None  # noqa: S101  - nobody has no password
    async with pool.connection(LEND_S) as conn, conn.transaction():
        await conn.execute(SQL["right"].encode(), {"holder": id_})
        return Tried(await begin_session(conn, id_, number, "password", source), language)


async def note_wrong(conn: Connection, person: UUID | None, tries: int, method: str, source: str) -> datetime | None:
    """Write down that a try was wrong; until when the person is locked out by it, where it was one too many.

    What was typed for a number that is not on record is not written: it may be a password in the wrong field.
    """
    author, subject = Author(None, BROWSER), "login" if person is None else f"person/{person}"
    async with conn.transaction():
        await note(conn, author, "log-in failed", subject, None, {"method": method, "source": source})
        if person is None or tries < MOST_WRONG:
            return None
        row = {"holder": person, "within": WITHIN}
        locked = await (await conn.execute(SQL["lock"].encode(), row)).fetchone()
        if locked is None:
            return None
        until: datetime = locked[0]
        await note(conn, author, "lock", subject, None, {"until": until.isoformat(), "source": source})
    return until


async def unlock(conn: Connection, person: UUID, author: Author) -> bool:
    """Whether the person was locked out, and is no more; in the caller's transaction."""
    if not (await conn.execute(SQL["unlock"].encode(), {"holder": person})).rowcount:
        return False
    await note(conn, author, "unlock", f"person/{person}", None, None)
    return True


async def set_password(conn: Connection, person: UUID, password: str, author: Author, keep: UUID | None = None) -> None:
    """A person's password from now on; all sessions but `keep` end. In the caller's transaction."""
    hashed = await hashed_beside(password)
    row = {"holder": person, "hash": hashed, "person": author.person, "client": author.client}
    await conn.execute(SQL["set_password"].encode(), row)
    await end_sessions(conn, person, keep)
    await note(conn, author, "set password", f"person/{person}", None, None)


async def change_password(pool: Pool, who: SignedOn, before: str, password: str, source: str) -> str | None:
    """The word that says why a person's own password stays; None where it is the new one. Tries count as at log-in."""
    async with pool.connection(LEND_S) as conn:
        row = {"number": who.number, "within": WITHIN}
        known = await (await conn.execute(SQL["try"].encode(), row)).fetchone()
    if known is None or known[3] > MOST_WRONG:
        return "not_now"
    if not await is_right(before, known[1]):
        async with pool.connection(LEND_S) as conn:
            await note_wrong(conn, who.id, known[3], "password", source)
        return "password_before"
    async with pool.connection(LEND_S) as conn, conn.transaction():
        await set_password(conn, who.id, password, Author(who.number, BROWSER), who.session)
    return None


async def is_right(secret: str, hashed: str | None) -> bool:
    """Whether it is the password or PIN."""
    return await asyncio.get_running_loop().run_in_executor(HASHERS, passwords.right, secret, hashed)


async def hashed_beside(secret: str) -> str:
    """The hash of a new password or PIN."""
    salt = secrets.token_bytes(passwords.SALT_BYTES)
    return await asyncio.get_running_loop().run_in_executor(HASHERS, passwords.hash_of, secret, salt)
