"""Log-ins with a company account: what is remembered while somebody is at the provider, and whom it lets in."""

from dataclasses import dataclass
from datetime import timedelta

from mes.feed.store_audit import note
from mes.people.store_sessions import begin_session
from mes.web.access.author import Author
from mes.web.access.holder import BROWSER
from mes.web.access.openid import Begun, hash_of
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.people.accounts")
LIFE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was remembered."""

    nonce: str
    verifier: str
    next: str


async def remember(conn: Connection, begun: Begun, browser: str, next_: str) -> None:
    """Remember a log-in for ten minutes; those that nobody came back to are forgotten."""
    row = {"state": hash_of(begun.state), "browser": hash_of(browser), "nonce": begun.nonce, "next": next_}
    await conn.execute(SQL["forget_attempts"].encode())
    await conn.execute(SQL["add_attempt"].encode(), row | {"verifier": begun.verifier, "life": LIFE})


async def recall(conn: Connection, state: str, browser: str) -> Attempt | None:
    """What was remembered for this browser, once; None for a log-in that is not this browser's, or is too old."""
    row = {"state": hash_of(state), "browser": hash_of(browser)}
    found = await (await conn.execute(SQL["take_attempt"].encode(), row)).fetchone()
    return None if found is None else Attempt(*found)


async def let_in(conn: Connection, number: str, source: str) -> str | None:
    """What the cookie of the person's session holds; None where nobody who is active has this number."""
    async with conn.transaction():
        row = await (await conn.execute(SQL["active_person"].encode(), {"number": number})).fetchone()
        if row is None:
            told = {"method": "openid", "source": source}
            await note(conn, Author(None, BROWSER), "log-in failed", "login", None, told)
            return None
        return await begin_session(conn, row[0], number, "openid", source)
