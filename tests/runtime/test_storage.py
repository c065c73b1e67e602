"""Bulk samples on each of the three levels: room is made, the old is compressed, the expired is dropped."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from runtime.database import connect, migrate
from runtime.storage import Connection, Level, adopt, compress, drop, level, prepare
from tests.support.databases import drop_database, make_database

TODAY = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
DAY = timedelta(days=1)


@pytest.fixture(params=["embedded", "timescale"])
def anywhere(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """A migrated database on the embedded server, and on the one with TimescaleDB."""
    url = request.getfixturevalue("database" if request.param == "embedded" else "timescale")
    with connect(url, "collector") as conn:
        yield conn


@pytest.fixture
def plain(database: str) -> Iterator[Connection]:
    with connect(database, "collector") as conn:
        yield conn


@pytest.fixture
def hyper(timescale: str) -> Iterator[Connection]:
    with connect(timescale, "collector") as conn:
        yield conn


def store(conn: Connection, *instants: datetime) -> None:
    """Samples at these instants, the way the collector does it."""
    prepare(conn, {instant.date() for instant in instants})
    with conn.cursor() as cursor, cursor.copy("COPY sample FROM STDIN") as copy:
        for instant in instants:
            copy.write_row((instant, instant, 1, 1, 1, 20.5, 0, 1))


def stored(conn: Connection) -> list[datetime]:
    return [row[0] for row in conn.execute("SELECT at FROM sample ORDER BY at")]


def partitions(conn: Connection) -> set[str]:
    rows = conn.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'sample'::regclass")
    return {row[0] for row in rows}


def test_samples_of_any_day_find_their_place(anywhere: Connection) -> None:
    instants = [datetime(1970, 1, 1, tzinfo=UTC), TODAY - 30 * DAY, TODAY - DAY, TODAY, TODAY + 900 * DAY]

    store(anywhere, *instants)

    assert instants == stored(anywhere)


def test_the_expired_is_dropped_and_the_rest_stays(anywhere: Connection) -> None:
    store(anywhere, datetime(1999, 1, 1, tzinfo=UTC), TODAY - 40 * DAY, TODAY - 39 * DAY, TODAY - DAY, TODAY)

    drop(anywhere, (TODAY - 20 * DAY).replace(hour=0))

    assert stored(anywhere) == [TODAY - DAY, TODAY]


def test_compressed_samples_read_the_same_and_late_ones_still_come_in(anywhere: Connection) -> None:
    store(anywhere, TODAY - 3 * DAY, TODAY)

    chunks = compress(anywhere, TODAY - DAY)
    again = compress(anywhere, TODAY - DAY)
    store(anywhere, TODAY - 3 * DAY + timedelta(hours=1))

    assert (1 if level(anywhere) is Level.COMMUNITY else 0, 0) == (chunks, again)
    assert [TODAY - 3 * DAY, TODAY - 3 * DAY + timedelta(hours=1), TODAY] == stored(anywhere)


def test_adopting_twice_changes_nothing(anywhere: Connection) -> None:
    store(anywhere, TODAY - 3 * DAY, TODAY)
    compress(anywhere, TODAY - DAY)
    before = level(anywhere)

    assert before is adopt(anywhere)
    assert stored(anywhere) == [TODAY - 3 * DAY, TODAY]


def test_the_embedded_server_keeps_one_partition_a_day(plain: Connection) -> None:
    store(plain, TODAY - DAY, TODAY)

    assert Level.PLAIN is level(plain)
    assert {"sample_other", f"sample_{TODAY - DAY:%Y%m%d}", f"sample_{TODAY:%Y%m%d}"} == partitions(plain)


def test_a_broken_clock_does_not_make_a_partition_for_every_day_since_1970(plain: Connection) -> None:
    store(plain, *(datetime(1970, 1, 1, tzinfo=UTC) + number * DAY for number in range(50)))

    assert partitions(plain) == {"sample_other"}
    assert len(stored(plain)) == 50


def test_a_day_whose_samples_came_too_early_stays_where_they_are(plain: Connection) -> None:
    store(plain, TODAY)
    plain.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(f"sample_{TODAY:%Y%m%d}")))
    with plain.cursor() as cursor, cursor.copy("COPY sample FROM STDIN") as copy:
        copy.write_row((TODAY, TODAY, 1, 1, 1, 20.5, 0, 1))

    store(plain, TODAY + timedelta(minutes=1))

    assert [TODAY, TODAY + timedelta(minutes=1)] == stored(plain)


def test_two_collectors_may_make_the_same_partitions_at_once(database: str) -> None:
    days = {(TODAY - number * DAY).date() for number in range(40)}
    troubles: list[Exception] = []

    def make() -> None:
        with connect(database, "collector") as conn:
            try:
                prepare(conn, days)
            except psycopg.Error as err:
                troubles.append(err)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert troubles == []


@pytest.mark.timescale
def test_a_server_with_timescaledb_keeps_samples_in_a_hypertable(hyper: Connection) -> None:
    store(hyper, TODAY - DAY, TODAY)

    chunks = hyper.execute("SELECT count(*) FROM timescaledb_information.chunks WHERE hypertable_name = 'sample'")
    assert level(hyper) in (Level.APACHE, Level.COMMUNITY)
    assert chunks.fetchone() == (2,)


@pytest.mark.timescale
def test_an_installation_that_holds_samples_stays_with_native_partitions(timescale_url: str) -> None:
    name = f"grown_{uuid4().hex[:12]}"
    url = make_database(timescale_url, name)
    migrate(url)
    with connect(url, "collector") as conn:
        _as_if_it_began_without_the_extension(conn)
        store(conn, TODAY)

        assert Level.PLAIN is adopt(conn)
        assert stored(conn) == [TODAY]
    drop_database(timescale_url, name)


def _as_if_it_began_without_the_extension(conn: Connection) -> None:
    conn.execute("CREATE TABLE native (LIKE sample INCLUDING ALL) PARTITION BY RANGE (at)")
    conn.execute("DROP TABLE sample")
    conn.execute("ALTER TABLE native RENAME TO sample")


@pytest.mark.timescale
def test_an_empty_installation_gets_its_hypertable_when_the_extension_comes(timescale_url: str) -> None:
    name = f"late_{uuid4().hex[:12]}"
    url = make_database(timescale_url, name)
    migrate(url)
    with connect(url, "collector") as conn:
        _as_if_it_began_without_the_extension(conn)
        prepare(conn, {TODAY.date()})
        assert Level.PLAIN is level(conn)

        migrate(url)

        assert level(conn) in (Level.APACHE, Level.COMMUNITY)
    drop_database(timescale_url, name)
