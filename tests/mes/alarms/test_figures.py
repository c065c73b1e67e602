"""The figures of ISA-18.2, by hand for small spans."""

from datetime import UTC, datetime, timedelta

import psycopg

from mes.alarms.figures import Raise, figures_of
from tests.mes.erp.plants import alarm, client
from tests.mes.screens.lines import plant

START = datetime(2026, 11, 1, tzinfo=UTC)
LINE = "INSERT INTO alarm_journal (alarm, event, at, detail) VALUES"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def raised(
    at: datetime, subject: str = "press-1", acked: timedelta | None = None, gone: timedelta | None = None
) -> Raise:
    return Raise(at, "hot", subject, "low", acked, gone)


def test_a_month_of_few_alarms_is_fine() -> None:
    found = figures_of(
        [raised(START + n * DAY + HOUR, f"m-{n}", 5 * MINUTE, HOUR) for n in range(30)], START, START + 30 * DAY
    )

    values = {one.name: (one.value, one.verdict) for one in found.targets}
    assert found.enough
    assert values["per_day"] == (1.0, "fine")
    assert values["flood_share"] == (0.0, "fine")
    assert values["top_share"] == (10 / 30, "beyond")
    assert (found.peaks["day"], found.ack_median_s, found.fleeting) == (1, 300.0, 0)


def test_a_flood_in_one_hour_of_a_day_is_beyond_and_a_day_is_not_enough() -> None:
    found = figures_of(
        [raised(START + n * MINUTE, gone=MINUTE / 2) for n in range(40)], START, START + DAY, chattering=1, stale=5
    )

    verdicts = {one.name: one.verdict for one in found.targets}
    assert not found.enough
    assert (found.peaks["ten"], found.peaks["hour"]) == (10, 40)
    assert verdicts["busy_share"] == "beyond"
    assert verdicts["flood_share"] == "fine"
    assert (verdicts["chattering"], verdicts["fleeting"], verdicts["stale"]) == ("beyond", "beyond", "beyond")
    assert (found.unacked, found.ack_median_s) == (40, None)


def test_of_nothing_nothing_is_claimed() -> None:
    found = figures_of([], START, START + 30 * DAY)

    assert {one.name for one in found.targets if one.verdict == "unknown"} == {"top_share"}
    assert found.mix == {"high": 0.0, "medium": 0.0, "low": 0.0}


async def test_page_and_api_tell_the_same_and_what_called_nobody_does_not_count(database: str) -> None:
    number = alarm(database, priority="high")
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute(
            f"{LINE}"
            " (%(a)s, 'raised', now() - interval '3 min', '{}'),"
            " (%(a)s, 'acknowledged', now() - interval '2 min', '{}'),"
            " (%(a)s, 'cleared', now() - interval '1 min', '{}'), (%(a)s, 'raised', now(), '{\"quiet\": true}')",
            {"a": number},
        )
    async with client(database, plant()) as http:
        with psycopg.connect(database, autocommit=True) as conn:
            young = (await http.get("/api/v1/alarm-figures", params={"days": 30})).json()
            conn.execute(f"{LINE} (%s, 'cleared', now() - interval '40 days', '{{}}')".encode(), (number,))
        told = (await http.get("/api/v1/alarm-figures", params={"days": 30})).json()
        page = (await http.get("/alarm-figures?days=7&lang=en")).text

    assert (told["alarms"], told["ack_median_s"], told["enough"]) == (1, 60.0, True)
    assert young["enough"] is False
    assert told["mix"]["high"] == 1.0
    assert "somebody was called 1 times" in page
    assert "Less than 30 days" in page
