"""Table delivery → one receiver, in a thread and at a pace of its own, so that no channel holds up another."""

import threading
from collections.abc import Callable, Mapping

import psycopg

from alerts.alarms.journal import Connection
from alerts.channels.dispatch import Dispatch, Enclose
from alerts.channels.ledger import Backlog, Ledger
from alerts.channels.readiness import Readiness
from alerts.channels.sender import Sender
from config.channels import Channel
from runtime.database import connect
from runtime.guard import Guard


class Courier(threading.Thread):
    """Sends what is due for one channel until the service ends; at least once, marked after the receiver took it."""

    def __init__(
        self,
        url: str,
        channel: Channel,
        sender: Sender,
        ending: threading.Event,
        beat: Callable[[], None],
        chains: Mapping[str, tuple[str, ...]] | None = None,
        enclose: Enclose | None = None,
    ) -> None:
        # A daemon: a receiver that hangs must not hold up the end of the service; the message stays due.
        super().__init__(name=f"courier-{channel.id}", daemon=True)
        self.url = url
        self.channel = channel
        self.ending = ending
        self.beat = beat
        self.guard = Guard(f"channel {channel.id}")
        self.dispatch = Dispatch(channel, sender, chains, enclose)

    @property
    def backlog(self) -> Backlog:
        """What waits."""
        return self.dispatch.backlog

    @property
    def readiness(self) -> Readiness:
        """Whether the channel takes messages now."""
        return self.dispatch.readiness

    def run(self) -> None:
        """Outlive the database."""
        known = False
        while not self.ending.is_set():
            self.beat()
            conn: Connection | None = None
            try:
                conn = connect(self.url, f"alerts-{self.channel.id}")
                ledger = Ledger(conn, self.channel.id)
                self.dispatch.recall(ledger, again=known)
                known = True
                while not self.ending.is_set():
                    self.beat()
                    wait = self.dispatch.turn(ledger)
                    self.guard.works()
                    self.ending.wait(wait)
            except psycopg.Error as err:
                self.ending.wait(self.guard.failed(err, conn))
            finally:
                if conn is not None:
                    conn.close()
