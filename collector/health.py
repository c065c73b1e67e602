"""What a collector can say of its health; asked from a thread of its own, so it only looks."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from collector import metrics
from collector.maintenance import Maintenance
from collector.subscriber import Subscriber
from runtime.health import Part

# A round an hour: two may fail before it is told.
TIDY_WITHIN_S = 3 * 3600.0
# So long a transaction may take before it is told; it is cut off much later, as it may yet end well.
ANSWERS_WITHIN_S = 8.0
DATABASE_CURE = "check SHOPFLOOR_DATABASE and that the server runs; frames are kept"


@dataclass
class Database:
    """What the newest transaction, or the attempt to connect, has shown: `trouble` is empty when it went well."""

    trouble: str = "not yet connected"
    connections: int = 0
    write_failed: bool = False
    # Since when it is asked something that it has not yet answered, on the monotonic clock.
    asked_at: float | None = None

    @contextmanager
    def asked(self) -> Iterator[None]:
        """What is done within waits for its answer."""
        self.asked_at = time.monotonic()
        try:
            yield
        finally:
            self.asked_at = None

    def trouble_now(self, now: float) -> str:
        """Why nothing can be stored; a server that is frozen closes no connection, so its silence is trouble too."""
        asked_at = self.asked_at
        waits_s = 0.0 if asked_at is None else now - asked_at
        return self.trouble or (f"no answer within {waits_s:.0f} s" if waits_s > ANSWERS_WITHIN_S else "")

    def connected(self) -> None:
        """A new connection stands; after a write that failed, as with a full disk, only another write shows more."""
        if not self.write_failed:
            self.trouble = ""
        self.connections += 1
        if self.connections > 1:
            metrics.TO_DATABASE.inc()

    def wrote(self) -> None:
        """A batch is stored."""
        self.trouble, self.write_failed = "", False


def watched(subscriber: Subscriber, database: Database, maintenance: Maintenance) -> Callable[[], list[Part]]:
    """Ready are those who are subscribed and whose newest transaction went well; maintenance may wait."""
    metrics.QUEUED.labels("live").set_function(lambda: len(subscriber.live))
    metrics.QUEUED.labels("backlog").set_function(lambda: len(subscriber.backlog))

    def parts() -> list[Part]:
        return [
            Part("broker", subscriber.trouble, "check SHOPFLOOR_BROKER, that the broker runs, and its access list"),
            Part("database", database.trouble_now(time.monotonic()), DATABASE_CURE),
            tidied(maintenance, time.time()),
        ]

    return parts


def tidied(maintenance: Maintenance, now: float) -> Part:
    """The rounds that make room, compress and drop: TimescaleDB's own jobs can fail without a word."""
    last = maintenance.succeeded_at
    since = now - (last or maintenance.begun_at)
    detail = f"last round {since:.0f} s ago" if last else "no round yet"
    trouble = maintenance.trouble or (f"no round went well for {since:.0f} s" if since > TIDY_WITHIN_S else "")
    return Part("maintenance", trouble, "see maintenance_failed in the log", needed=False, detail=detail)
