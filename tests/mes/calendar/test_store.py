"""The calendar in the database: the plant file's week in versions, and what was known of it when."""

from datetime import date, timedelta
from typing import Any

import psycopg

from config.plant import Plant
from config.shifts import day_span, planned_spans
from contract.sample import to_us
from mes.calendar.store import read_calendar
from mes.keeper.store import Keeper
from runtime.database import connect
from tests.config.test_shifts import HOUR, hours, shift
from tests.mes.house import reading
from tests.mes.keeper.test_store import absorb
from tests.mes.screens.lines import plant
from tests.times import at

LONG_AGO = date(2020, 5, 5)
TODAY = at("2027-01-01 00:00")


def changed(small: Plant, **more: Any) -> Plant:
    site = small.site.model_copy(update=more)
    return small.model_copy(update={"site": site})


def start(database: str, small: Plant) -> int:
    """mes starts with a plant file; the instant of its newest knowledge."""
    with connect(database, "mes") as conn:
        absorb(Keeper(conn, small))
        row = conn.execute("SELECT known_at FROM mes_position").fetchone()
        assert row is not None
        return to_us(row[0])


def weeks(database: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database) as conn:
        return conn.execute("SELECT since, why FROM calendar_week ORDER BY id").fetchall()


async def planned_on(database: str, small: Plant, day: date, as_of_us: int | None = None) -> float:
    async with reading(database) as conn:
        calendar = await read_calendar(conn, small.site, as_of_us)
    return hours(planned_spans(calendar, *day_span(calendar, day)))


async def test_the_first_week_holds_always_and_a_start_changes_nothing(database: str) -> None:
    small = plant(1)
    for _ in range(3):
        start(database, small)

    assert weeks(database) == [(None, "the first plant file")]
    assert await planned_on(database, small, LONG_AGO) == 24


async def test_a_changed_week_leaves_the_past_as_it_was(database: str) -> None:
    small = plant(1)
    start(database, small)
    short = changed(small, shifts=(shift("day", "08:00", "16:00"),))
    start(database, short)

    assert await planned_on(database, short, LONG_AGO) == 24
    assert await planned_on(database, short, date(2035, 1, 1)) == 8


async def test_a_week_dated_back_corrects_the_past_and_the_old_one_stays_readable(database: str) -> None:
    small = plant(1)
    before = start(database, small)
    start(database, changed(small, shifts=(shift("day", "08:00", "16:00"),), shifts_since=date(2020, 1, 1)))

    assert await planned_on(database, small, LONG_AGO) == 8
    assert await planned_on(database, small, date(2019, 1, 1)) == 24
    assert await planned_on(database, small, LONG_AGO, before) == 24


def test_other_zone_rules_are_a_version_of_their_own(database: str) -> None:
    small = plant(1)
    start(database, small)
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("UPDATE calendar_week SET zone_rules = '1999a'")

    start(database, small)

    assert [why.split(" became ")[0] for _, why in weeks(database)] == ["the first plant file", "zone rules 1999a"]


async def test_an_exception_counts_once_the_keeper_has_taken_it_in(database: str) -> None:
    small, day = plant(1), date(2026, 11, 20)
    before = start(database, small)
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("INSERT INTO calendar_override (day, kind, by, why) VALUES (%s, 'holiday', 'Li Wei', 'x')", (day,))

    assert await planned_on(database, small, day) == 24
    after = start(database, small)

    assert await planned_on(database, small, day) == 0
    assert await planned_on(database, small, day + timedelta(days=1)) == 24
    assert [await planned_on(database, small, day, at_us) for at_us in (before, after)] == [24, 0]
    assert after - before < HOUR
