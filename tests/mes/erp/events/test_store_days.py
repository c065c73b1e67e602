"""A production day that has become final is told once, whoever is killed when and however many processes look."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from contract.sample import State, from_us, to_us
from mes.erp.events.store_days import last_closed, tell_closed_days
from runtime.lending import Connection
from tests.config.test_shifts import BERLIN, THREE, local, site
from tests.mes.erp.plants import client, keeping, parts, tape
from tests.mes.house import reading
from tests.mes.running import mes
from tests.mes.screens.lines import HOUR, SECOND, plant
from tests.support.eventually import eventually, until

PLANT = plant(2)
# By now two days are closed for certain: one ends at midnight, and is final eight hours later.
DAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=2)


@pytest.fixture
def known(database: str) -> Iterator[str]:
    """A day in which press-1 made 900 parts, 9 of them scrap, and press-2 was not counted; the keeper knows it."""
    start = to_us(DAY)
    tape(database, "press-1", (start, State.RUNNING), (start + HOUR, State.NO_DATA))
    parts(database, "press-1", "total", 4 * SECOND, start, start + HOUR)
    parts(database, "press-1", "scrap", 400 * SECOND, start, start + HOUR)
    with keeping(database, PLANT):
        yield database


def pretend_told(database: str, day: date) -> None:
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("INSERT INTO closed_day (production_day, as_of) VALUES (%s, now())", (day,))


def events(database: str) -> list[dict[str, Any]]:
    with psycopg.connect(database) as conn:
        rows = conn.execute("SELECT data FROM outbox_event WHERE type = 'day.closed' ORDER BY written").fetchall()
    return [data for (data,) in rows]


async def look(database: str, times: int = 5) -> None:
    async with reading(database) as conn:
        for _ in range(times):
            await tell_closed_days(conn, PLANT)


def test_a_day_is_closed_so_long_after_its_end() -> None:
    calendar = site(BERLIN, *THREE)

    closed = [last_closed(calendar, local(BERLIN, text)) for text in ("2026-11-24 13:59", "2026-11-24 14:00")]

    assert closed == [date(2026, 11, 22), date(2026, 11, 23)]


async def test_days_from_before_the_first_start_are_no_events(known: str) -> None:
    await look(known)

    assert events(known) == []


async def test_a_day_is_told_once_with_what_each_machine_made(known: str) -> None:
    pretend_told(known, (DAY - timedelta(days=1)).date())

    await look(known)
    await asyncio.gather(*(look(known, 3) for _ in range(4)))

    told = events(known)
    first = told[0]
    assert [one["day"] for one in told] == sorted({one["day"] for one in told})
    assert (first["day"], first["from"]) == (
        DAY.date().isoformat(),
        from_us(to_us(DAY)).isoformat().replace("+00:00", "Z"),
    )
    assert first["machines"][0] == {"machine": "press-1", "total": "900", "good": "891", "scrap": "9"}
    async with client(known, PLANT) as http:
        asked = {"from": first["from"], "to": first["to"], "as_of": first["as_of"]}
        counts = (await http.get("/api/v1/equipment/press-1/counts", params=asked)).json()
        certificate = await http.get(first["loss_certificate"])
        reconciliation = await http.get(first["reconciliation"])
    assert (counts["total"], counts["provisional"]) == (900, False)
    assert (certificate.status_code, reconciliation.status_code) == (200, 200)


async def test_a_day_whose_teller_was_killed_before_the_commit_is_told_after_all(known: str) -> None:
    pretend_told(known, (DAY - timedelta(days=1)).date())

    with psycopg.connect(known) as holding:
        holding.execute("INSERT INTO subject_version (subject, version) VALUES ('site/works', 1)")
        async with reading(known) as conn:
            telling = asyncio.create_task(tell_closed_days(conn, PLANT))
            await until("it has marked the day, and waits for its turn to tell", lambda: waits(known, conn))
            kill(known, conn)
            with pytest.raises(psycopg.OperationalError):
                await telling
        holding.rollback()
    await look(known)

    assert events(known)[0]["day"] == DAY.date().isoformat()


def test_a_running_mes_tells_it(database: str, free_port: Callable[[], int], tmp_path: Path) -> None:
    pretend_told(database, (DAY - timedelta(days=2)).date())

    with mes(database, free_port(), tmp_path / "mes.log") as running:
        asked = f"{running.url}/api/v1/events?types=day.closed"
        eventually("a day is told", lambda: httpx.get(asked).json()["events"])
        [first, *_] = httpx.get(asked).json()["events"]

    assert (first["subject"], first["data"]["day"]) == ("site/suzhou", (DAY - timedelta(days=1)).date().isoformat())


def waits(database: str, conn: Connection) -> bool:
    asked = "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = %s"
    with psycopg.connect(database) as other:
        return bool((other.execute(asked, (conn.info.backend_pid,)).fetchone() or (False,))[0])


def kill(database: str, conn: Connection) -> None:
    with psycopg.connect(database, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", (conn.info.backend_pid,))
