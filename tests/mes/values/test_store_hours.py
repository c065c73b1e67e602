"""Hours that are kept beside the samples: a long window reads them, and nobody can tell from the answer."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from contract.sample import Sample
from mes.values.store_hours import begin, follow, make_hours, series_of
from tests.mes.erp.plants import client
from tests.mes.values.test_routes import ASKED, BEGIN, plant, sample, store

DAYS = 5
END = BEGIN + timedelta(days=DAYS)


async def keep(database: str) -> None:
    """As a running mes does until nothing is left to be done."""
    async with await psycopg.AsyncConnection.connect(database, autocommit=True, options="-c timezone=UTC") as conn:
        await begin(conn)
        while await follow(conn):
            pass
        while await make_hours(conn, await series_of(conn, plant()), datetime.now(UTC), BEGIN - timedelta(days=1)):
            pass


async def told(database: str, **more: Any) -> dict[str, Any]:
    asked: dict[str, Any] = {"tag": "temperature", "points": 100, "to": END.isoformat()}
    asked |= {"from": (BEGIN - timedelta(minutes=9)).isoformat()} | more
    async with client(database, plant()) as http:
        answer = await http.get(ASKED, params=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def some_hours() -> list[Sample]:
    """Six hours with a sample every two seconds, one of which has a gap, one a BAD sample, and one is missing."""
    rows = [sample("temperature", n, 20.0 + n % 97 / 10) for n in range(0, 6 * 3600, 2)]
    kept = [row for n, row in enumerate(rows) if not (2000 < n < 2300 or 3 * 1800 <= n < 4 * 1800)]
    kept[9000 - 300 - 1800 - 50] = sample("temperature", 2 * (9000 - 50), None)
    return kept


def hours(database: str) -> list[tuple[int, bool]]:
    with psycopg.connect(database) as conn:
        return conn.execute("SELECT samples, outdated FROM value_hour ORDER BY hour").fetchall()


@pytest.fixture
def filled(database: str) -> str:
    store(database, *some_hours())
    return database


async def test_a_long_window_tells_the_same_from_hours_as_from_samples(filled: str) -> None:
    before = await told(filled)
    await keep(filled)
    after = await told(filled)

    assert [samples for samples, _ in hours(filled)] == [1800, 1501, 1800, 1800, 1800]
    assert before["tags"] == after["tags"]
    assert before["tags"][0]["samples"] == 8701


async def test_what_comes_late_into_an_hour_is_told_at_once(filled: str) -> None:
    await keep(filled)
    store(filled, sample("temperature", 101, 99.0), seq=2)

    at_once = await told(filled)
    await keep(filled)
    kept = await told(filled)

    assert max(bucket["max"]["value"] for bucket in at_once["tags"][0]["buckets"]) == 99.0
    assert at_once["tags"] == kept["tags"]
    assert hours(filled)[0] == (1801, False)


async def test_what_was_known_then_has_no_late_sample_in_it(filled: str) -> None:
    await keep(filled)
    first = await told(filled)
    store(filled, sample("temperature", 101, 99.0), seq=2)
    await keep(filled)

    then = await told(filled, as_of=first["as_of"])

    assert then["tags"] == first["tags"]


async def test_an_hour_is_kept_once_it_is_over(database: str) -> None:
    now = datetime.now(UTC)
    since = (now - BEGIN).total_seconds() // 3600 * 3600
    store(database, *(sample("temperature", since - 1800 + n, 20.0) for n in range(3000)))

    await keep(database)

    assert len(hours(database)) == 1
