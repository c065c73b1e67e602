"""Tomorrow's room is made, last week compressed, what is older than the plant keeps dropped: once an hour."""

import threading
from datetime import UTC, datetime, timedelta

import psycopg
import structlog

from contract.database import connect
from contract.storage import compress, drop, prepare

log = structlog.get_logger()
EVERY_S = 3600.0
AGAIN_S = 60.0
# Late frames of the last days are still written row by row; older ones are rare enough for the columnstore.
COMPRESS_AFTER = timedelta(days=3)


class Maintenance:
    """A thread with a connection of its own for each round, so that a long one never holds up the samples."""

    def __init__(self, database: str, keep: timedelta) -> None:
        self.database, self.keep = database, keep
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
                tidy(self.database, self.keep, datetime.now(UTC))
                wait = EVERY_S
            except psycopg.Error as err:
                log.warning("maintenance_failed", reason=str(err).splitlines()[0], again_in_s=AGAIN_S)
                wait = AGAIN_S


def tidy(database: str, keep: timedelta, now: datetime) -> None:
    """One round; by whichever collector comes first, the others do nothing."""
    with connect(database, "collector-maintenance") as conn:
        row = conn.execute("SELECT pg_try_advisory_lock(hashtextextended('shopfloor-maintenance', 0))").fetchone()
        if row is None or not row[0]:
            return
        prepare(conn, [now.date(), (now + timedelta(days=1)).date()])
        compressed = compress(conn, now - COMPRESS_AFTER)
        dropped = drop(conn, now - keep)
        if compressed or dropped:
            log.info("samples_tidied", compressed=compressed, dropped=dropped, keep_days=keep.days)
