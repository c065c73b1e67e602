"""A database that does not answer: after a while its connection is cut, so that the collector makes another.

A server that was lost without a word, or a firewall that has forgotten the connection, would let a write wait for ever.
The server's side of such a connection may live on in the middle of a COPY, where none of its time-outs counts, and its
locks would stop every other write of the same node: so whoever connects ends what is dead there.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import structlog
from psycopg.rows import TupleRow

from runtime.database import queries
from runtime.guard import cut

SQL = queries("collector")
log = structlog.get_logger()
# A server that lives ends a statement after 60 s by itself: see runtime.database.
PATIENCE_S = 75.0
LOOK_S = 1.0
# A collector sends the data of a COPY in one piece: of one that lives the server waits for milliseconds.
SILENT = timedelta(seconds=30)


class Watchdog:
    """Watches one connection from a thread of its own; whoever waits on it when it is cut gets an OperationalError."""

    def __init__(self, conn: psycopg.Connection[TupleRow], patience_s: float = PATIENCE_S) -> None:
        self.conn, self.patience_s = conn, patience_s
        self.since: float | None = None
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self._run, name="watchdog", daemon=True)
        self.thread.start()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """What is done within must not take longer than the patience."""
        self.since = time.monotonic()
        try:
            yield
        finally:
            self.since = None

    def close(self) -> None:
        """Watch no more."""
        self.ending.set()
        self.thread.join()

    def _run(self) -> None:
        while not self.ending.wait(min(LOOK_S, self.patience_s)):
            since = self.since
            if since is not None and time.monotonic() - since > self.patience_s:
                log.warning("database_silent", seconds=self.patience_s, effect="the connection is cut, another is made")
                cut(self.conn)
                return


def end_dead_copies(conn: psycopg.Connection[TupleRow], silent: timedelta = SILENT) -> None:
    """End what collectors have left behind in the middle of a write and will never go on with."""
    row = conn.execute(SQL["end_dead_copies"], {"silent": silent}).fetchone()
    if row and row[0]:
        log.warning("dead_connections_ended", count=row[0], effect="what they had not yet committed is sent again")
