"""A question that takes long costs its asker an answer, and nobody else anything."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psycopg
import pytest

from mes.app import create_app
from mes.keeper.refresh_loop import Refresh
from mes.web.workers import Workers
from runtime.database import async_pool, connect
from tests.mes.erp.plants import STEP, client, settings
from tests.mes.running import Running, mes
from tests.mes.screens.lines import plant
from tests.support.eventually import eventually
from tests.support.size import sized

NOW = datetime.now(UTC).replace(microsecond=0)
MONTH = {"from": (NOW - timedelta(days=30)).isoformat(), "to": NOW.isoformat()}
KEYS = {"erp": "0123456789abcdef"}


def many_parts(database: str, machines: list[str], each: int) -> None:
    """A month of parts of each machine."""
    with psycopg.connect(database, autocommit=True) as conn:
        for machine in machines:
            conn.execute(
                f"INSERT INTO {STEP} SELECT %s, 'total', at, at - interval '1 second', 1, 1, false"
                " FROM generate_series(%s::timestamptz, %s, (%s::timestamptz - %s) / %s) AS at",
                (machine, MONTH["from"], MONTH["to"], MONTH["to"], MONTH["from"], each),
            )
            conn.execute(
                "INSERT INTO state_change (machine, at, state) SELECT %s, at, 1 + (extract(minute FROM at)::int %% 5)"
                " FROM generate_series(%s::timestamptz, %s, interval '1 minute') AS at",
                (machine, MONTH["from"], MONTH["to"]),
            )


@asynccontextmanager
async def working(
    database: str, keys: dict[str, str] | None = None, **limits: float
) -> AsyncIterator[httpx.AsyncClient]:
    """An application with one worker."""
    workers = Workers(settings(database), plant(), 1, **limits)
    async with async_pool(database, "mes") as pool:
        app = create_app(settings(database, keys), plant(), pool, Refresh(alive=True), workers=workers)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=60) as http:
            yield http
        await workers.close()


def statements(database: str) -> int:
    """What workers ask the database at this moment."""
    with connect(database, "test") as conn:
        row = conn.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'shopfloor-mes-answers'"
            " AND datname = current_database() AND state = 'active'"
        ).fetchone()
    assert row is not None
    return int(row[0])


async def test_a_worker_answers_what_the_application_itself_would(database: str) -> None:
    many_parts(database, ["press-1"], 1000)
    asked = ["losses", "counts", "kpis", "stops", "flow", "states"]
    async with client(database, plant()) as http:
        alone = {one: await http.get(f"/api/v1/equipment/press-1/{one}", params=MONTH) for one in asked}
        page = await http.get("/stops/press-1", headers={"Accept-Language": "zh"})
    async with working(database, budget_s=60) as http:  # what is compared is what is said, not how soon
        beside = {one: await http.get(f"/api/v1/equipment/press-1/{one}", params=MONTH) for one in asked}
        page_beside = await http.get("/stops/press-1", headers={"Accept-Language": "zh"})

    assert {one: answer.status_code for one, answer in beside.items()} == {
        one: answer.status_code for one, answer in alone.items()
    }
    for one in ("losses", "counts", "states"):
        assert alone[one].json().keys() == beside[one].json().keys()
    assert beside["losses"].json()["planned"] == alone["losses"].json()["planned"]
    assert (page.status_code, page_beside.status_code) == (200, 200)
    assert "停机" in page_beside.text
    assert beside["flow"].json()["status"] == 422


async def test_a_key_is_asked_for_before_a_worker_is(database: str) -> None:
    async with working(database, KEYS) as http:
        without = await http.get("/api/v1/equipment/press-1/counts", params=MONTH)
        having = await http.get(
            "/api/v1/equipment/press-1/counts", params=MONTH, headers={"Authorization": f"Bearer {KEYS['erp']}"}
        )

    assert (without.status_code, having.status_code) == (401, 200)


async def test_an_answer_beyond_the_budget_is_refused_with_a_cure_and_the_next_one_is_given(database: str) -> None:
    async with working(database, budget_s=1.0) as http:
        await http.get("/api/v1/equipment/press-1/counts", params=MONTH)
        with connect(database, "test") as conn, conn.transaction():
            conn.execute("LOCK TABLE count_step IN ACCESS EXCLUSIVE MODE")
            began = time.monotonic()
            heavy = await http.get("/api/v1/equipment/works/counts", params=MONTH)
            took = time.monotonic() - began
        after = await http.get("/api/v1/equipment/works/counts", params=MONTH)

    assert heavy.status_code == 503
    assert heavy.headers["Retry-After"]
    assert "shorter window" in heavy.json()["cure"]
    assert took < 3
    assert after.status_code == 200
    eventually("no statement", lambda: statements(database) == 0, 3)


def test_nothing_is_computed_for_a_caller_that_has_gone(
    database: str, free_port: Callable[[], int], tmp_path: Path
) -> None:
    with mes(database, free_port(), tmp_path / "mes.log") as running, connect(database, "test") as conn:
        httpx.get(f"{running.url}/api/v1/equipment/suzhou/counts", params=MONTH, timeout=60)
        with conn.transaction():
            conn.execute("LOCK TABLE count_step IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(httpx.ReadTimeout):
                httpx.get(f"{running.url}/api/v1/equipment/suzhou/counts", params=MONTH, timeout=1)
            eventually("no statement", lambda: statements(database) == 0, 3)


def looked(running: Running) -> float:
    """How long health and a wall take, in seconds."""
    began = time.monotonic()
    assert httpx.get(f"{running.url}/health/live", timeout=20).status_code == 200
    assert httpx.get(f"{running.url}/wall/pumps", timeout=20).status_code == 200
    return time.monotonic() - began


def test_health_and_walls_are_answered_at_once_while_a_month_of_everything_is_computed(
    database: str, free_port: Callable[[], int], tmp_path: Path
) -> None:
    with mes(database, free_port(), tmp_path / "mes.log") as running:
        many_parts(database, ["press-1", "press-2", "weld-1"], sized(500_000, at_least=150_000))
        found: list[int] = []

        def ask() -> None:
            address = f"{running.url}/api/v1/equipment/suzhou/losses"
            found.append(httpx.get(address, params=MONTH, timeout=60).status_code)

        askers = [threading.Thread(target=ask) for _ in range(4)]
        quiet = max(looked(running) for _ in range(20))
        for asker in askers:
            asker.start()
        busy = 0.0
        while any(asker.is_alive() for asker in askers):
            busy = max(busy, looked(running))

    # A second, and what the machine takes anyway while other tests run beside this one.
    assert busy < 1 + quiet
    assert set(found) <= {200, 503}
    assert len(found) == 4


def workers_of(pid: int) -> list[int]:
    """The workers that a process has started."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(entry.name))
        except OSError:
            continue  # it has ended meanwhile
    return found


@pytest.mark.parametrize("warm", [False, True])
def test_workers_go_with_a_mes_that_was_killed(
    database: str, free_port: Callable[[], int], tmp_path: Path, warm: bool
) -> None:
    with mes(database, free_port(), tmp_path / "mes.log") as running:
        if warm:
            httpx.get(f"{running.url}/api/v1/equipment/suzhou/counts", params=MONTH, timeout=60)
        eventually("a worker", lambda: len(workers_of(running.process.pid)) > 0, 10)
        workers = workers_of(running.process.pid)
        running.process.kill()

        eventually("no worker", lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers), 10)


async def test_a_worker_that_was_ended_is_there_again_before_it_is_asked(database: str) -> None:
    many_parts(database, ["press-1"], 10)
    async with working(database, budget_s=0.01) as http:
        heavy = await http.get("/api/v1/equipment/press-1/losses", params=MONTH)

        def workers() -> int:
            with connect(database, "test") as conn:
                row = conn.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'shopfloor-mes-answers'"
                    " AND datname = current_database()"
                ).fetchone()
            assert row is not None
            return int(row[0])

        assert heavy.status_code == 503
        await asyncio.to_thread(eventually, "a worker", lambda: workers() > 0, 60)
