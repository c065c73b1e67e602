"""A connection that died without a word does not hold the collector for ever."""

import time
from collections.abc import Callable
from contextlib import closing
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from collector.watchdog import Watchdog
from contract.database import connect
from tests.chaos.proxy import Proxy

PATIENCE_S = 0.5


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
