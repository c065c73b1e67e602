"""A database that does not answer: after a while its connection is cut, so that the collector makes another.

A server that was lost without a word, or a firewall that has forgotten the connection, would let a write wait for ever.
"""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
import structlog
from psycopg.rows import TupleRow

log = structlog.get_logger()
# A server that lives ends a statement after 60 s by itself: see contract.database.
PATIENCE_S = 75.0
LOOK_S = 1.0


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
                with suppress(psycopg.OperationalError, OSError):
                    _cut(self.conn.fileno())
                return


def _cut(number: int) -> None:
    """End a connection under whoever waits on it; closing it would only take its number away."""
    with socket.socket(fileno=os.dup(number)) as copy:
        copy.shutdown(socket.SHUT_RDWR)
