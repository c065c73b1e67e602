"""A connection that died without a word does not hold the collector for ever."""

import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from collector.ledger import SQL
from collector.rows import COPY
from collector.watchdog import Watchdog, end_dead_copies
from runtime.database import connect
from tests.chaos.proxy import Proxy

PATIENCE_S = 0.5
TRY_LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended('shopfloor-node-edge-1', 0))"


def test_what_waits_on_a_half_open_connection_is_told_that_the_database_is_away(
    database: str, free_port: Callable[[], int]
) -> None:
    parts = urlsplit(database)
    proxy = Proxy(free_port(), parts.port or 5432)
    place = parts.netloc.rpartition("@")[0] + f"@127.0.0.1:{proxy.port}"
    with closing(proxy), connect(urlunsplit(parts._replace(netloc=place)), "test") as conn:
        watchdog = Watchdog(conn, PATIENCE_S)
        with closing(watchdog), watchdog.watching():
            conn.execute("SELECT 1")
            proxy.kill_links()
            with pytest.raises(psycopg.OperationalError):
                conn.execute("SELECT 1")


def test_a_connection_that_rests_or_answers_in_time_is_left_alone(database: str) -> None:
    with connect(database, "test") as conn, closing(Watchdog(conn, PATIENCE_S)) as watchdog:
        for _ in range(3):
            with watchdog.watching():
                conn.execute("SELECT pg_sleep(0.3)")
        time.sleep(3 * PATIENCE_S)
        answer = conn.execute("SELECT 1").fetchone()

    assert answer == (1,)


def test_what_a_dead_collector_has_left_in_the_middle_of_a_copy_is_ended_and_blocks_nobody(database: str) -> None:
    """The server waits for the data for ever: no time-out of a statement or of a transaction counts there."""
    with closing(connect(database, "collector")) as dead, connect(database, "collector") as alive:
        dead.execute("SET statement_timeout = 100")
        dead.execute("BEGIN")
        dead.execute(SQL["lock_node"], {"node": "edge-1"})
        dead.pgconn.exec_(COPY.encode())
        time.sleep(0.5)
        end_dead_copies(alive, timedelta(seconds=30))
        assert alive.execute(TRY_LOCK).fetchone() == (False,)

        end_dead_copies(alive, timedelta(seconds=0.2))

        alive.execute("SET statement_timeout = 5000")
        with alive.transaction():
            alive.execute(SQL["lock_node"], {"node": "edge-1"})


def test_a_collector_that_works_or_rests_is_not_ended_by_another(database: str) -> None:
    with connect(database, "collector") as other, connect(database, "collector") as conn:
        with other.transaction():
            other.execute("SELECT 1")
            end_dead_copies(conn, timedelta(0))
        end_dead_copies(conn, timedelta(0))

        assert other.execute("SELECT 1").fetchone() == (1,)
