"""One of all processes carries a loop out, and another one, or itself again, as soon as it has lost the database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg

from runtime.lending import Connection
from runtime.only_one import OnlyOne
from tests.support.eventually import until

LOCK = 4711


class Working:
    """A loop that asks the database again and again until its connection ends."""

    def __init__(self, database: str) -> None:
        self.only = OnlyOne("test", database, LOCK, lambda: None)
        self.pids: list[int] = []
        self.works = False

    async def work(self, conn: Connection) -> None:
        self.pids.append(conn.info.backend_pid)
        self.works = True
        try:
            while True:
                await conn.execute("SELECT pg_sleep(0.2)")
        finally:
            self.works = False


@asynccontextmanager
async def running(*all_: Working) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(one.only.run(one.work)) for one in all_]
    yield
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_another_one_takes_over_from_who_is_cut_off(database: str) -> None:
    both = Working(database), Working(database)
    async with running(*both):
        await until("one works", lambda: any(one.works for one in both))
        first = next(one for one in both if one.works)
        with psycopg.connect(database, autocommit=True) as conn:
            conn.execute("SELECT pg_terminate_backend(%s)", (first.pids[0],))
        # Of the two whichever comes first.
        await until("one works again", lambda: len(both[0].pids) + len(both[1].pids) == 2)

        assert [one.works for one in both].count(True) == 1


async def test_who_waits_in_vain_is_told_and_begins_anew(database: str) -> None:
    one = Working(database)
    async with running(one):
        await until("it works", lambda: one.works)
        one.only.lost()
        await until("it works over another connection", lambda: one.works and len(one.pids) == 2)

    assert one.only.guard.trouble == ""
