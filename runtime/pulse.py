"""Does the database answer? Asked each second over a connection of its own, so that every screen says the same."""

import asyncio
from collections.abc import Callable

import psycopg

from runtime.database import settings_of
from runtime.guard import Guard
from runtime.lending import Connection, Pool, answers_within

EVERY_S = 1.0
ANSWERS_WITHIN_S = 2.0


async def keep_pulse(url: str, pool: Pool, lost: Callable[[], None], guard: Guard) -> None:
    """Tell the pool when the database is away and when it is back; `lost` ends what waits elsewhere."""
    while True:
        conn: Connection | None = None
        try:
            arguments = settings_of("mes-pulse") | {"connect_timeout": int(ANSWERS_WITHIN_S)}
            conn = await psycopg.AsyncConnection.connect(url, **arguments)
            while True:
                with answers_within(conn, ANSWERS_WITHIN_S):
                    await conn.execute("SELECT")
                guard.works()
                pool.found()
                await asyncio.sleep(EVERY_S)
        except psycopg.Error as err:
            wait = guard.failed(err, conn)
            if not pool.away:
                lost()
            pool.lose(guard.trouble)
            await asyncio.sleep(wait)
        finally:
            if conn is not None:
                await conn.close()
