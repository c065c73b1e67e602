"""Migrations run once, in order, never changed; a service refuses a database that lacks them."""

import threading
from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest

from runtime.database import NotMigrated, async_pool, connect, migrate, migrations, queries, require_schema
from tests.support.databases import drop_database, make_database


@pytest.fixture
def empty(postgres_url: str) -> Iterator[str]:
    """A database without any table."""
    name = f"empty_{uuid4().hex[:12]}"
    yield make_database(postgres_url, name)
    drop_database(postgres_url, name)


def test_every_migration_is_applied_once_and_in_order(empty: str) -> None:
    assert [name for name, _ in migrations()] == migrate(empty)
    assert migrate(empty) == []


def test_two_that_migrate_at_once_do_it_once(empty: str) -> None:
    applied: list[str] = []
    threads = [threading.Thread(target=lambda: applied.extend(migrate(empty))) for _ in range(3)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert [name for name, _ in migrations()] == applied


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("UPDATE migration SET sha256 = 'another' WHERE name = '0001_collector.sql'", r"0001_collector\.sql"),
        ("INSERT INTO migration VALUES ('0010_known_when.sql', 'of long ago')", r"0010_known_when\.sql"),
    ],
)
def test_tables_of_another_build_are_refused_in_one_line_with_the_cure(empty: str, change: str, named: str) -> None:
    migrate(empty)
    with psycopg.connect(empty) as conn:
        conn.execute(change)

    for start in (migrate, require_schema):
        with pytest.raises(NotMigrated, match=rf"another build of shopfloor \({named}.*empty database") as refused:
            start(empty)
        assert "\n" not in str(refused.value)


def test_a_service_refuses_an_empty_database_and_says_what_to_run(empty: str) -> None:
    with pytest.raises(NotMigrated, match="shopfloor migrate"):
        require_schema(empty)

    migrate(empty)

    require_schema(empty)


def test_each_migration_names_the_one_service_that_writes_its_tables() -> None:
    writers = {name: text.splitlines()[0] for name, text in migrations()}

    assert all(first.startswith("-- written by: ") for first in writers.values()), writers


def test_a_connection_speaks_utc_and_tells_whose_it_is(empty: str) -> None:
    with connect(empty, "collector") as conn:
        row = conn.execute("SELECT current_setting('timezone'), current_setting('application_name')").fetchone()

    assert row == ("UTC", "shopfloor-collector")


async def test_a_pool_replaces_a_connection_that_died(empty: str) -> None:
    pool = async_pool(empty, "mes", max_size=1)
    await pool.open()
    async with pool.connection() as conn:
        first = await (await conn.execute("SELECT pg_backend_pid()")).fetchone()
    assert first is not None
    with psycopg.connect(empty, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", first)

    async with pool.connection() as conn:
        second = await (await conn.execute("SELECT pg_backend_pid()")).fetchone()

    assert second != first
    await pool.close()


def test_named_queries_have_their_text() -> None:
    found = queries("collector")

    assert all(found.values())
    assert "notify" in found
