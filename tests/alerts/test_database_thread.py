"""A thread that lives with a database: another connection after a failure, an end when the service ends."""

import threading

import psycopg

from alerts.database_thread import Connection, DatabaseThread
from tests.support.eventually import eventually


class Counting(DatabaseThread):
    """Fails on its first connection, then waits for the end."""

    def __init__(self, url: str, ending: threading.Event) -> None:
        super().__init__("counting", "counting", url, "counting", ending, lambda: None)
        self.works_on: list[int] = []

    def work(self, conn: Connection) -> None:
        row = conn.execute("SELECT pg_backend_pid()").fetchone()
        assert row is not None
        self.works_on.append(row[0])
        if len(self.works_on) == 1:
            raise psycopg.OperationalError("the first one breaks")
        self.guard.works()
        self.ending.wait()


def test_it_goes_on_with_another_connection_and_leaves_none_behind(database: str) -> None:
    ending = threading.Event()
    made = Counting(database, ending)
    made.start()
    eventually("the second connection", lambda: len(made.works_on) == 2)
    ending.set()
    made.join(10)

    assert not made.is_alive()
    assert len(set(made.works_on)) == len(made.works_on)
    with psycopg.connect(database) as conn:
        left = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE '%counting%'"
        eventually("both to be closed", lambda: conn.execute(left).fetchone() == (0,))
