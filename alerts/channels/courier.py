"""Table delivery → one receiver, in a thread and at a pace of its own, so that no channel holds up another."""

import threading
from collections.abc import Callable, Mapping

from alerts.alarms.journal import Connection
from alerts.channels.dispatch import Dispatch, Enclose
from alerts.channels.ledger import Backlog, Ledger
from alerts.channels.readiness import Readiness
from alerts.channels.sender import Sender
from alerts.database_thread import DatabaseThread
from config.channels import Channel


class Courier(DatabaseThread):
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
        # A receiver that hangs holds up nothing: its message stays due.
        super().__init__(f"courier-{channel.id}", f"channel {channel.id}", url, f"alerts-{channel.id}", ending, beat)
        self.channel = channel
        # Whether an earlier connection has recalled what the service must not forget at a start.
        self.known = False
        self.dispatch = Dispatch(channel, sender, chains, enclose)

    @property
    def backlog(self) -> Backlog:
        """What waits."""
        return self.dispatch.backlog

    @property
    def readiness(self) -> Readiness:
        """Whether the channel takes messages now."""
        return self.dispatch.readiness

    def work(self, conn: Connection) -> None:
        """Send what is due, and wait as long as the pace and the receiver ask for."""
        ledger = Ledger(conn, self.channel.id)
        self.dispatch.recall(ledger, again=self.known)
        self.known = True
        while not self.ending.is_set():
            self.beat()
            wait = self.dispatch.turn(ledger)
            self.guard.works()
            self.ending.wait(wait)
