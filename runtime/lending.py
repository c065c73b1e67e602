"""Connections lent to requests and loops of an event loop; none is waited for without end."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import psycopg
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from runtime.guard import DatabaseAway, cut, reason_of, usable

Connection = psycopg.AsyncConnection[TupleRow]
CHECK_S = 1.0
# An answer that came while this process was busy is read before its connection is given up.
GRACE_S = 0.25


class Pool(AsyncConnectionPool[Connection]):
    """Lends connections that answer. While `away` says why the database does not, it refuses at once.

    Who meets a connection that ends, for whatever reason the server gives, gets DatabaseAway.
    """

    def __init__(self, url: str, **options: Any) -> None:
        super().__init__(url, check=_check, **options)
        self.away = ""
        self._lent: set[Connection] = set()
        self._loss = asyncio.Event()

    @asynccontextmanager
    async def connection(self, timeout: float | None = None) -> AsyncIterator[Connection]:  # noqa: ASYNC109  - its own name
        """As of AsyncConnectionPool; DatabaseAway, too, where the connection is lost while it is lent."""
        if self.away:
            raise DatabaseAway(self.away)
        async with super().connection(timeout) as conn:
            self._lent.add(conn)
            try:
                yield conn
            except psycopg.Error as err:
                if usable(conn):
                    raise
                raise DatabaseAway(reason_of(err)) from err
            finally:
                self._lent.discard(conn)

    def lose(self, reason: str) -> None:
        """The database is away: whoever waits on a lent connection is told now."""
        self.away = reason
        self._loss.set()
        for conn in self._lent:
            cut(conn)

    def found(self) -> None:
        """The database answers again."""
        self.away = ""
        self._loss.clear()

    async def until_away(self) -> None:
        """Return when the database is away, at once where it is already."""
        await self._loss.wait()


async def _check(conn: Connection) -> None:
    with answers_within(conn, CHECK_S):
        await AsyncConnectionPool.check_connection(conn)


@contextmanager
def answers_within(conn: Connection, seconds: float) -> Iterator[None]:
    """What is awaited within ends in an OperationalError when the server does not answer in time.

    Not by a cancellation: psycopg then waits for the server's word that its statement has ended.
    """
    loop = asyncio.get_running_loop()
    timers: list[asyncio.TimerHandle] = []
    timers.append(loop.call_later(seconds, lambda: timers.append(loop.call_later(GRACE_S, cut, conn))))
    try:
        yield
    finally:
        for timer in timers:
            timer.cancel()
