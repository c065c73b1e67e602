"""A thread that lives with a database: what it does on a connection is its own, that it outlives one is here."""

import threading
from collections.abc import Callable

import psycopg
from psycopg.rows import TupleRow

from runtime.database import connect
from runtime.guard import Guard

Connection = psycopg.Connection[TupleRow]


class DatabaseThread(threading.Thread):
    """Works on one connection after another until the service ends.

    A daemon: whatever hangs at the other end must not hold up the end of the service.
    """

    def __init__(
        self, name: str, loop: str, url: str, application: str, ending: threading.Event, beat: Callable[[], None]
    ) -> None:
        """`loop` is its name in the log, `application` the one that the database shows."""
        super().__init__(name=name, daemon=True)
        self.url, self.application, self.ending, self.beat = url, application, ending, beat
        self.guard = Guard(loop)

    def run(self) -> None:
        """Outlive the database."""
        while not self.ending.is_set():
            self.beat()
            conn: Connection | None = None
            try:
                conn = connect(self.url, self.application)
                self.work(conn)
            except psycopg.Error as err:
                self.ending.wait(self.guard.failed(err, conn))
            finally:
                if conn is not None:
                    conn.close()

    def work(self, conn: Connection) -> None:
        """Until the service ends; whatever psycopg raises brings another connection."""
        raise NotImplementedError
