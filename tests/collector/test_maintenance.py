"""Old samples are dropped, the newest stay, and only one collector tidies at a time."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from collector.maintenance import tidy
from config.plant import Site
from runtime.database import connect
from runtime.storage import Level, adopt, level, prepare

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
KEEP = timedelta(days=30)


def store(url: str, *ages: timedelta) -> None:
    with connect(url, "test") as conn:
        prepare(conn, [(NOW - age).date() for age in ages])
        for age in ages:
            conn.execute("INSERT INTO sample VALUES (%(at)s, %(at)s, 1, 1, 1, 1.0, 0, 1)", {"at": NOW - age})


def ages(url: str) -> list[timedelta]:
    with psycopg.connect(url) as conn:
        return [NOW - at for (at,) in conn.execute("SELECT at FROM sample ORDER BY at DESC")]


def test_what_clocks_showed_is_kept_for_ninety_days(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as conn:
        for days in (0, 89, 91, 400):
            minute = NOW - timedelta(days=days)
            conn.execute("INSERT INTO clock VALUES ('edge-1', %s, 1000, 1)", (minute,))

        tidy(database, KEEP, NOW)

        left = conn.execute("SELECT minute FROM clock ORDER BY minute DESC").fetchall()
    assert [(NOW - minute).days for (minute,) in left] == [0, 89]


def test_what_is_older_than_the_plant_keeps_is_dropped(database: str) -> None:
    store(database, timedelta(0), timedelta(days=29), timedelta(days=32), timedelta(days=300))

    tidy(database, KEEP, NOW)

    assert ages(database) == [timedelta(0), timedelta(days=29)]


def test_the_same_on_timescale_where_old_days_are_compressed_when_the_server_can(timescale: str) -> None:
    with connect(timescale, "test") as conn:
        adopt(conn)
        found = level(conn)
    store(timescale, timedelta(0), timedelta(days=29), timedelta(days=32))

    tidy(timescale, KEEP, NOW)

    with psycopg.connect(timescale) as conn:
        row = conn.execute(
            "SELECT count(*) FROM timescaledb_information.chunks WHERE hypertable_name = 'sample' AND is_compressed"
        ).fetchone()
    assert ages(timescale) == [timedelta(0), timedelta(days=29)]
    assert row == (1 if found is Level.COMMUNITY else 0,)


def test_a_second_collector_leaves_it_to_the_first(database: str) -> None:
    store(database, timedelta(days=40))
    with psycopg.connect(database, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(hashtextextended('shopfloor-maintenance', 0))")

        done = tidy(database, KEEP, NOW)

        assert (done, ages(database)) == (False, [timedelta(days=40)])


def test_a_plant_that_keeps_less_than_two_weeks_is_refused() -> None:
    shift = {"id": "a", "name": {"en": "A", "zh": "甲"}, "days": ["mon"], "starts": "08:00", "ends": "16:00"}
    site = {"id": "s", "name": {"en": "S", "zh": "站"}, "zone": "UTC", "shifts": [shift], "keep_samples": "3d"}
    with pytest.raises(ValueError, match="14d or longer"):
        Site.model_validate(site)
