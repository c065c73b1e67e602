"""Who holds a key, a token or a session: asked of the database, and remembered for two seconds at most."""

import time
from collections.abc import Mapping
from contextlib import suppress

import psycopg

from mes.people.secrets_text import Kind, hash_of, kind_of
from mes.people.store_sessions import person_with
from mes.people.store_stations import station_with
from mes.web.access.holder import Holder
from mes.web.context import LEND_S
from runtime.database import queries
from runtime.lending import Pool

SQL = queries("mes.people.programs")
# A key that was revoked is good for so long yet.
REMEMBERED_S = 2.0
MOST_REMEMBERED = 4096
SESSION = "key:"
STATEMENT: Mapping[Kind, str] = {"key": "key_holder", "token": "token_holder"}


class KeyStore:
    """The keys in the database, as requests need them."""

    def __init__(self, pool: Pool, most_remembered: int = MOST_REMEMBERED) -> None:
        self._pool, self._most_remembered = pool, most_remembered
        self._known: dict[str, tuple[float, Holder]] = {}
        self._looked_s = float("-inf")
        self._anyone = self._people = False

    @property
    def anyone(self) -> bool:
        """True once a program was seen that has, or had, a key: clients are never deleted, so it stays true."""
        return self._anyone

    @property
    def people(self) -> bool:
        """True once somebody was seen who can log in."""
        return self._people

    @property
    def remembered(self) -> int:
        """How many keys are remembered."""
        return len(self._known)

    async def look(self) -> None:
        """Look for a first program or log-in, every two seconds at most; without the database it stays as it was."""
        if self._people or time.monotonic() - self._looked_s < REMEMBERED_S:
            return
        with suppress(psycopg.Error):
            async with self._pool.connection(LEND_S) as conn:
                row = await (await conn.execute(SQL["any_client"].encode())).fetchone()
            assert row is not None  # noqa: S101  - the statement always gives one row
            self._anyone, self._people = self._anyone or row[0], self._people or row[1]
            self._looked_s = time.monotonic()

    async def holder(self, key: str) -> Holder | None:
        """Who holds a key or a token that is good; the database is not asked of what can be neither.

        It is found by its hash: how long that takes tells nothing of a key to whoever guesses.
        """
        kind = kind_of(key)
        statement = None if kind is None else STATEMENT.get(kind)
        return None if statement is None else await self._found(statement, "hash", hash_of(key))

    async def holder_of(self, credential: str) -> Holder | None:
        """Who holds the key of a session."""
        if not credential.startswith(SESSION):
            return None
        return await self._found("key_holder_by_id", "id", credential.removeprefix(SESSION))

    async def person_with(self, session: str) -> Holder | None:
        """The person who is logged in by this cookie."""
        if kind_of(session) != "session":
            return None
        known = self._remembered(session)
        if known is None:
            async with self._pool.connection(LEND_S) as conn:
                known = await person_with(conn, session)
            if known is not None:
                self._remember(session, known)
        return known

    async def station_with(self, cookie: str, chosen: str | None) -> Holder | None:
        """The station with this cookie, and who acts at it."""
        if kind_of(cookie) != "station":
            return None
        place = f"{cookie} {chosen}"
        known = self._remembered(place)
        if known is None:
            async with self._pool.connection(LEND_S) as conn:
                known = await station_with(conn, cookie, chosen)
            if known is not None:
                self._remember(place, known)
        return known

    def forget(self, session: str) -> None:
        """Ask anew who is logged in, or signed on, by this cookie."""
        for place in [one for one in self._known if one.startswith(session)]:
            del self._known[place]

    async def _found(self, statement: str, name: str, value: bytes | str) -> Holder | None:
        place = f"{name}:{value!r}"
        known = self._remembered(place)
        if known is not None:
            return known
        async with self._pool.connection(LEND_S) as conn:
            row = await (await conn.execute(SQL[statement].encode(), {name: value})).fetchone()
        if row is None:
            return None
        id_, who, of_client, of_key = row
        found = Holder(who, frozenset(of_client) & frozenset(of_key), f"{SESSION}{id_}")
        self._remember(place, found)
        return found

    def _remembered(self, place: str) -> Holder | None:
        known = self._known.get(place)
        if known is not None and time.monotonic() - known[0] < REMEMBERED_S:
            return known[1]
        self._known.pop(place, None)
        return None

    def _remember(self, place: str, holder: Holder) -> None:
        self._known[place] = time.monotonic(), holder
        while len(self._known) > self._most_remembered:
            del self._known[next(iter(self._known))]
