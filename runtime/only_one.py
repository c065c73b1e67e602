"""A loop that one process of all on a database carries out, over one connection after another; the others stand by."""

import asyncio
from collections.abc import Awaitable, Callable

import psycopg

from runtime.database import settings_of
from runtime.guard import Guard, cut
from runtime.lending import Connection

CLAIM_EVERY_S = 0.5


class OnlyOne:
    """Lends its connection to the loop while it holds the lock; `guard` judges what happens to it.

    The lock belongs to the connection: whoever loses it is no longer the one.
    """

    def __init__(self, loop: str, database: str, lock: int, beat: Callable[[], None]) -> None:
        self.guard, self.beat = Guard(loop), beat
        self._loop, self._database, self._lock = loop, database, lock
        self._conn: Connection | None = None

    async def run(self, work: Callable[[Connection], Awaitable[None]]) -> None:
        """Until it is cancelled: `work` begins anew with each connection, and ends with an error of psycopg."""
        while True:
            self.beat()
            try:
                arguments = settings_of(f"mes-{self._loop}")
                self._conn = await psycopg.AsyncConnection.connect(self._database, **arguments)
                await self._claim(self._conn)
                await work(self._conn)
            except psycopg.Error as err:
                await asyncio.sleep(self.guard.failed(err, self._conn))
            finally:
                if self._conn is not None:
                    await self._conn.close()
                    self._conn = None

    def lost(self) -> None:
        """The database does not answer: what waits for it is told now."""
        if self._conn is not None:
            cut(self._conn)

    async def _claim(self, conn: Connection) -> None:
        while True:
            self.beat()
            row = await (await conn.execute("SELECT pg_try_advisory_lock(%s)", (self._lock,))).fetchone()
            if row is not None and row[0]:
                break
            await asyncio.sleep(CLAIM_EVERY_S)
        self.guard.connected()
