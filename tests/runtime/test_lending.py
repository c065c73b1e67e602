"""Connections are lent by a server that can be stopped in the middle of everything."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from laptop.postgres import EmbeddedPostgres
from runtime.database import async_pool
from runtime.guard import DatabaseAway
from runtime.lending import Pool
from tests.frozen import frozen


@pytest.fixture(scope="module")
def server(open_folder: Path) -> Iterator[EmbeddedPostgres]:
    made = EmbeddedPostgres(open_folder / "lending")
    made.start()
    yield made
    made.stop()


async def test_a_frozen_database_is_waited_for_no_longer_than_was_said(server: EmbeddedPostgres) -> None:
    async with async_pool(server.url, "test") as pool:
        async with pool.connection() as conn:
            await conn.execute("SELECT")
        with frozen(server):
            began = time.monotonic()
            with pytest.raises(psycopg.OperationalError):
                async with pool.connection(3):
                    pass
            took = time.monotonic() - began
        async with pool.connection(10) as conn:
            row = await (await conn.execute("SELECT 1")).fetchone()

    assert took < 5
    assert row == (1,)


async def test_whoever_waits_for_a_frozen_database_is_told_as_soon_as_it_is_known_to_be_away(
    server: EmbeddedPostgres,
) -> None:
    async with async_pool(server.url, "test") as pool:
        asking = asyncio.Event()

        async def ask() -> None:
            async with pool.connection() as conn:
                asking.set()
                while True:
                    await conn.execute("SELECT")

        task = asyncio.create_task(ask())
        await asking.wait()
        with frozen(server):
            await asyncio.sleep(0.2)
            assert not task.done()
            pool.lose("it does not answer")
            with pytest.raises(DatabaseAway):
                await asyncio.wait_for(task, 2)
            with pytest.raises(DatabaseAway, match="it does not answer"):
                async with pool.connection():
                    pass
        pool.found()
        async with pool.connection(10) as conn:
            await conn.execute("SELECT")


async def test_a_connection_that_the_server_ends_for_any_reason_is_a_database_that_is_away(
    server: EmbeddedPostgres,
) -> None:
    async def ask(pool: Pool, *statements: str) -> None:
        async with pool.connection() as conn, conn.transaction():
            for statement in statements:
                await conn.execute(statement)
                await asyncio.sleep(0.3)

    async with async_pool(server.url, "test") as pool:
        with pytest.raises(DatabaseAway):
            await ask(pool, "SET LOCAL idle_in_transaction_session_timeout = '50ms'", "SELECT")
        with pytest.raises(psycopg.errors.DivisionByZero):
            await ask(pool, "SELECT 1 / 0")
