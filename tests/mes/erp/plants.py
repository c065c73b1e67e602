"""A running application over a real database, for tests of the API and the pages."""

import threading
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg

from config.plant import Plant
from contract.sample import State, from_us
from mes.app import close_walls, create_app
from mes.feed.store_outbox import tell_in_thread
from mes.keeper.refresh_loop import Refresh
from mes.keeper.store import Keeper
from runtime.database import async_pool, connect
from runtime.settings import Settings

STEP = "count_step (machine, counter, at, since, parts, most, bridged)"


def settings(
    database: str,
    keys: Mapping[str, str] | None = None,
    webhook_hosts: Iterable[str] = (),
    scopes: Mapping[str, str] | None = None,
    **more: Any,
) -> Settings:
    """Settings of a service on this machine."""
    own: dict[str, Any] = {
        "api_keys": keys or {},
        "api_scopes": scopes or {},
        "webhook_hosts": frozenset(webhook_hosts),
    } | more
    file = own.pop("file", Path("plant.yaml"))
    assert isinstance(file, Path)
    return Settings(file, Path("data"), None, database, None, **own)


@asynccontextmanager
async def client(
    database: str,
    plant: Plant,
    keys: Mapping[str, str] | None = None,
    webhook_hosts: Iterable[str] = (),
    scopes: Mapping[str, str] | None = None,
    **more: Any,
) -> AsyncIterator[httpx.AsyncClient]:
    """A client that talks to the application without a socket."""
    async with async_pool(database, "mes") as pool:
        app = create_app(settings(database, keys, webhook_hosts, scopes, **more), plant, pool, Refresh(alive=True))
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
            yield http
        await close_walls(app)


@contextmanager
def keeping(database: str, plant: Plant) -> Iterator[None]:
    """A keeper of the facts at work in a thread, as in a running mes; it has begun."""
    ending = threading.Event()
    keeper = Keeper(connect(database, "mes-facts"), plant, tell_in_thread)
    keeper.step()

    def work() -> None:
        while not ending.wait(0.01):
            keeper.step()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join(10)
        assert not thread.is_alive()
        keeper.conn.close()


def tape(database: str, machine: str, *changes: tuple[int, State]) -> None:
    """Write a machine's state tape."""
    with psycopg.connect(database, autocommit=True) as conn, conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO state_change (machine, at, state) VALUES (%s, %s, %s)",
            [(machine, from_us(at), int(state)) for at, state in changes],
        )


def parts(database: str, machine: str, counter: str, every_us: int, from_us_: int, to_us: int) -> None:
    """Write one part each `every_us` in a window, the first one at its start."""
    rows = [(machine, counter, from_us(at), from_us(at - every_us)) for at in range(from_us_, to_us, every_us)]
    with psycopg.connect(database, autocommit=True) as conn, conn.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {STEP} VALUES (%s, %s, %s, %s, 1, 1, false)", rows)


def alarm(database: str, machine: str = "press-1", condition: str = "active_unacked", priority: str = "high") -> int:
    """Write an alarm as alerts would; its id."""
    with psycopg.connect(database, autocommit=True) as conn:
        row = conn.execute(
            "INSERT INTO alarm (rule, subject, machine, priority, active, acked, text_en, text_zh, raised_at)"
            " VALUES (gen_random_uuid()::text, %s, %s, %s, %s, %s, 'Stopped for long', '停机已久', now()) RETURNING id",
            (machine, machine, priority, condition.startswith("active"), condition in ("active_acked", "normal")),
        ).fetchone()
        assert row is not None
        return int(row[0])
