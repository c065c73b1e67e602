"""The feed: how many events a second reach a reader that follows by cursor while they are written."""

import asyncio
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from typing import Any

import httpx
import psycopg

from laptop.ports import free_port
from mes.feed.store_outbox import tell
from tests.bench.database import database
from tests.bench.figure import Figure

WRITERS = 8
EVENTS = 40_000
IN_A_TRANSACTION = 10
DATA = {"order": "WO-1042", "step": 10, "kind": "good", "good": "480", "unit": "C62", "machine": "press-1"}


def feed_rate() -> list[Figure]:
    """Events a second from the first commit to the last event read, and of a backlog that is there already."""
    with database() as url, mes(url) as address:
        writing = get_context("spawn").Process(target=write_all, args=(url,))
        began = time.monotonic()
        writing.start()
        first_at, last_at = read(f"{address}/api/v1/events", EVENTS)
        writing.join()
        _, read_at = read(f"{address}/api/v1/events", EVENTS)
    against = f"{WRITERS} writers, {IN_A_TRANSACTION} events a transaction, first event after {first_at - began:.1f} s"
    return [
        Figure("feed_rate", EVENTS / (last_at - first_at), "events/s", against, ">= 2000"),
        Figure("feed_backlog_rate", EVENTS / (read_at - last_at), "events/s", f"{EVENTS} events, pages of 1000"),
    ]


@contextmanager
def mes(url: str) -> Iterator[str]:
    """A mes as a process; its address, once it answers."""
    port = free_port()
    environment = os.environ | {"SHOPFLOOR_DATABASE": url, "SHOPFLOOR_PORT": str(port)}
    process = subprocess.Popen([sys.executable, "shopfloor.py", "mes"], env=environment, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            with suppress(httpx.TransportError):
                if httpx.get(f"{address}/health/ready", timeout=2).status_code == 200:
                    break
            time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(15)


def read(address: str, wanted: int) -> tuple[float, float]:
    """When the first and the last event were read; each is there once, in its place."""
    taken, first = 0, 0.0
    query: dict[str, Any] = {"limit": 1000, "wait": 5}
    with httpx.Client(timeout=30) as http:
        while taken < wanted:
            page = http.get(address, params=query).json()
            for event in page["events"]:
                taken += 1
                assert event["position"] == taken
            first = first or (time.monotonic() if taken else 0.0)
            query["cursor"] = page["cursor"]
    return first, time.monotonic()


def write_all(url: str) -> None:
    """In a process of its own: all events, by writers that commit side by side."""

    async def writer(seed: int) -> None:
        lot = random.Random(seed)
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as conn:
            for _ in range(EVENTS // WRITERS // IN_A_TRANSACTION):
                async with conn.transaction():
                    for subject in sorted(lot.sample(range(5000), IN_A_TRANSACTION)):
                        await tell(conn, "quantity.booked", f"operation/{subject}", DATA)

    async def all_of_them() -> None:
        await asyncio.gather(*(writer(seed) for seed in range(WRITERS)))

    asyncio.run(all_of_them())
