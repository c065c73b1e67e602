"""Tomorrow's room is made, last week compressed, what is older than the plant keeps dropped: once an hour.

What clocks showed is kept for 90 days.
"""

import threading
import time
from datetime import UTC, datetime, timedelta

import psycopg
import structlog

from collector import metrics
from collector.ledger import SQL
from runtime.database import connect
from runtime.guard import reason_of
from runtime.storage import compress, drop, prepare

log = structlog.get_logger()
EVERY_S = 3600.0
AGAIN_S = 60.0
# Late frames of the last days are still written row by row; older ones are rare enough for the columnstore.
COMPRESS_AFTER = timedelta(days=3)
KEEP_CLOCKS = timedelta(days=90)


class Maintenance:
    """A thread with a connection of its own for each round, so that a long one never holds up the samples."""

    def __init__(self, database: str, keep: timedelta) -> None:
        self.database, self.keep = database, keep
        self.begun_at, self.succeeded_at, self.trouble = time.time(), 0.0, ""
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self._run, name="maintenance", daemon=True)
        self.thread.start()

    def close(self) -> None:
        """No further round; one that runs is ended by the database when the process goes."""
        self.ending.set()
        self.thread.join(1)

    def _run(self) -> None:
        wait = 0.0
        while not self.ending.wait(wait):
            try:
                done = tidy(self.database, self.keep, datetime.now(UTC))
            except psycopg.Error as err:
                self.trouble = reason_of(err)
                metrics.TIDY_FAILED.inc()
                log.warning("maintenance_failed", reason=self.trouble, again_in_s=AGAIN_S)
                wait = AGAIN_S
                continue
            if done:
                self.succeeded_at, self.trouble = time.time(), ""
                metrics.TIDIED.set(self.succeeded_at)
            wait = EVERY_S if done else AGAIN_S


def tidy(database: str, keep: timedelta, now: datetime) -> bool:
    """One round; False, and nothing done, while another collector is at it."""
    with connect(database, "collector-maintenance") as conn:
        row = conn.execute("SELECT pg_try_advisory_lock(hashtextextended('shopfloor-maintenance', 0))").fetchone()
        if row is None or not row[0]:
            return False
        prepare(conn, [now.date(), (now + timedelta(days=1)).date()])
        compressed = compress(conn, now - COMPRESS_AFTER)
        dropped = drop(conn, now - keep)
        conn.execute(SQL["forget_clocks"], {"before": now - KEEP_CLOCKS})
        if compressed or dropped:
            log.info("samples_tidied", compressed=compressed, dropped=dropped, keep_days=keep.days)
        return True
