from datetime import UTC, datetime, timedelta

import psycopg

from mes.screens.figures.counts import Counts
from mes.screens.figures.store import data_days, days, entry_days, features, write_counts
from tests.mes.erp.plants import client
from tests.mes.screens.engineering import engineered, two_hours

TODAY = datetime.now(UTC).date()
SINCE = TODAY - timedelta(days=6)


async def test_counts_of_several_processes_add_up(database: str) -> None:
    one, other = Counts(), Counts()
    for counts, took_s in ((one, 0.05), (one, 2.0), (other, 0.2)):
        counts.add(TODAY, "GET", "/trends", took_s, 200)
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as conn:
        await write_counts(conn, one.take())
        await write_counts(conn, other.take())

        [feature], [day] = await features(conn, SINCE), await days(conn, SINCE)

    assert (feature.answers, list(feature.within), feature.slowest_ms) == (3, [1, 1, 0, 1, 0], 2000)
    assert (day.answers, round(day.within_1_s, 2)) == (3, 0.67)


async def test_samples_and_entries_are_counted_by_day(database: str) -> None:
    two_hours(database)
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as conn:
        data, entries = await data_days(conn, SINCE), await entry_days(conn, SINCE)

    assert (len(data), data[0].samples > 0, data[0].error_rate, data[1].error_rate) == (7, True, 0.0, None)
    assert (len(entries), entries[0].faulty) == (7, None)


async def test_a_page_that_was_asked_for_is_counted_by_its_route_not_by_its_parameters(database: str) -> None:
    async with client(database, engineered()) as http:
        for machine in ("press-1", "press-2"):
            await http.get(f"/api/v1/equipment/{machine}/tags")
        page = await http.get("/figures?lang=en")
        counts = http._transport.app.state.counts.take()  # type: ignore[attr-defined]

    assert page.status_code == 200
    assert sum(counts[TODAY, "GET", "/api/v1/equipment/{id}/tags"].within) == 2
