"""The feed as its consumers see it, while many write in random order and mes is killed again and again."""

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from mes.feed.store_audit import note
from mes.feed.store_outbox import tell
from mes.feed.store_sequencer import check_seals
from mes.web.access.author import Author
from runtime.database import connect
from tests.mes.house import reading
from tests.mes.running import Running, mes
from tests.support.eventually import until
from tests.support.size import sized

WRITERS = 8
KILLS = sized(20, 3)
SUBJECTS = [f"operation/{n}" for n in range(12)]


async def write(database: str, seed: int, ending: asyncio.Event) -> list[tuple[str, int]]:
    """Subject and version of all that was committed: one to three events at once, held for a while, or rolled back."""
    lot, committed = random.Random(seed), []
    async with reading(database) as conn:
        while not ending.is_set():
            refused = lot.random() < 0.2
            async with conn.transaction(force_rollback=refused):
                made = []
                for subject in sorted(lot.sample(SUBJECTS, lot.randint(1, 3))):
                    made.append((subject, await tell(conn, "operation.state_changed", subject, {"by": seed})))
                await asyncio.sleep(lot.random() * lot.choice((0, 0.005, 0.03)))
            if not refused:
                committed += made
    return committed


async def read(url: str, done: asyncio.Event, wanted: list[int]) -> list[dict[str, Any]]:
    """All events by cursor, as a consumer that keeps its cursor and asks again whenever mes is away."""
    taken: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 50, "wait": 1}
    async with httpx.AsyncClient(timeout=10) as http:
        while not (done.is_set() and len(taken) >= wanted[0]):
            try:
                answer = await http.get(f"{url}/api/v1/events", params=query)
            except httpx.TransportError:
                await asyncio.sleep(0.05)
                continue
            if answer.status_code == 200:
                taken += answer.json()["events"]
                query["cursor"] = answer.json()["cursor"]
    return taken


@asynccontextmanager
async def standing(database: str, port: int, folder: Path) -> AsyncIterator[Running]:
    """A mes that answers, started and ended beside the writers and the reader."""
    process = mes(database, port, folder / "mes.log")
    running = await asyncio.to_thread(process.__enter__)
    try:
        yield running
    finally:
        await asyncio.to_thread(process.__exit__, None, None, None)


async def test_a_consumer_misses_nothing_and_sees_nothing_twice_whatever_is_killed(
    database: str, free_port: Callable[[], int], tmp_path: Path
) -> None:
    port, ending, done, wanted = free_port(), asyncio.Event(), asyncio.Event(), [0]
    reader = asyncio.create_task(read(f"http://127.0.0.1:{port}", done, wanted))
    writers = [asyncio.create_task(write(database, seed, ending)) for seed in range(WRITERS)]
    for _ in range(KILLS):
        async with standing(database, port, tmp_path) as running:
            await asyncio.sleep(0.5)
            running.process.kill()
    async with standing(database, port, tmp_path):
        ending.set()
        committed = [one for made in await asyncio.gather(*writers) for one in made]
        wanted[0] = len(committed)
        done.set()
        taken = await asyncio.wait_for(reader, 60)

    assert [event["position"] for event in taken] == list(range(1, len(committed) + 1))
    assert len({event["id"] for event in taken}) == len(committed)
    assert sorted((event["subject"], event["subject_version"]) for event in taken) == sorted(committed)
    versions = defaultdict(list)
    for event in taken:
        versions[event["subject"]].append(event["subject_version"])
    assert all(seen == sorted(seen) for seen in versions.values())


async def test_a_running_mes_seals_who_did_what(database: str, free_port: Callable[[], int], tmp_path: Path) -> None:
    key = "0123456789abcdef0123456789abcdef"
    with mes(database, free_port(), tmp_path / "mes.log", AUDIT_KEY=key):
        async with reading(database) as conn:
            await note(conn, Author("Wang", "api"), "release", "order/1", None, None)
        with connect(database, "mes") as check:
            # The link for the first administrator, which a first start prints, is an act as well.
            await until("the seals", lambda: check_seals(check, key.encode()) == (2, None))


async def test_a_mes_that_lost_its_database_numbers_again(
    database: str, free_port: Callable[[], int], tmp_path: Path
) -> None:
    with mes(database, free_port(), tmp_path / "mes.log"):
        async with reading(database) as conn:
            await conn.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name = 'shopfloor-mes-feed'"
            )
            await tell(conn, "order.changed", "order/1", {})

        with connect(database, "mes") as check:
            numbered = "SELECT count(*) FROM outbox_event WHERE position = 1"
            await until("a position", lambda: check.execute(numbered).fetchone() == (1,))
