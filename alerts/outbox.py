"""Table delivery → receivers, each channel in a thread and at a pace of its own, so that none holds up another."""

import threading
from datetime import timedelta
from typing import Protocol

import psycopg
import structlog

from alerts import metrics
from alerts.email import EmailSender
from alerts.journal import SQL, Connection
from alerts.message import Message, NotDelivered
from alerts.webhook import WebhookSender
from config.plant import Plant
from config.rules import Webhook
from config.settings import Settings
from contract.database import connect
from contract.guard import Guard

log = structlog.get_logger()
LOOK_EVERY_S = 0.5
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 60.0
AT_ONCE = 20


class Sender(Protocol):
    """Brings one message to one channel."""

    def send(self, message: Message) -> None:
        """Deliver, or NotDelivered."""


def senders_of(settings: Settings, plant: Plant) -> dict[str, Sender]:
    """A sender for each channel of the plant, or BadSetting for the first that lacks its setting."""
    return {
        channel.id: WebhookSender(channel, settings) if isinstance(channel, Webhook) else EmailSender(channel, settings)
        for channel in plant.channels
    }


def wait_s(failures: int) -> float:
    """How long to wait after so many failures in a row: 1, 2, 4 ... seconds, a minute at most."""
    return float(min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(failures - 1, 20)))


class Courier(threading.Thread):
    """Sends what is due for one channel until the service ends; at least once, marked after the receiver took it."""

    def __init__(self, url: str, channel: str, sender: Sender, ending: threading.Event) -> None:
        # A daemon: a receiver that hangs must not hold up the end of the service; the message stays due.
        super().__init__(name=f"courier-{channel}", daemon=True)
        self.url = url
        self.channel = channel
        self.sender = sender
        self.ending = ending
        self.guard = Guard(f"channel {channel}")
        self.failures = 0

    def run(self) -> None:
        """Outlive the database."""
        while not self.ending.is_set():
            conn: Connection | None = None
            try:
                conn = connect(self.url, f"alerts-{self.channel}")
                self._work(conn)
            except psycopg.Error as err:
                self.ending.wait(self.guard.failed(err, conn))
            finally:
                if conn is not None:
                    conn.close()

    def _work(self, conn: Connection) -> None:
        while not self.ending.is_set():
            self._count(conn)
            self.guard.works()
            due = conn.execute(SQL["due"], {"channel": self.channel, "limit": AT_ONCE}).fetchall()
            for row in due:
                if self.ending.is_set() or not self._bring(conn, Message(*row)):
                    break
            if self.failures:
                self.ending.wait(wait_s(self.failures))
            elif len(due) < AT_ONCE:
                self.ending.wait(LOOK_EVERY_S)

    def _bring(self, conn: Connection, message: Message) -> bool:
        """Send one message; False when the channel is down and the rest may wait."""
        key = {"journal": message.id, "channel": self.channel}
        try:
            self.sender.send(message)
        except NotDelivered as err:
            wait = 0.0 if err.channel_down else wait_s(message.attempts + 1)
            row = {**key, "error": str(err)[:500], "wait": timedelta(seconds=wait)}
            conn.execute(SQL["not_delivered"], row)
            metrics.DELIVERIES.labels(self.channel, "failed").inc()
            self._note(err)
            return not err.channel_down
        conn.execute(SQL["delivered"], key)
        metrics.DELIVERIES.labels(self.channel, "ok").inc()
        if self.failures:
            log.info("channel_works_again", channel=self.channel)
        self.failures = 0
        return True

    def _count(self, conn: Connection) -> None:
        row = conn.execute(SQL["waiting"], {"channel": self.channel}).fetchone()
        metrics.OUTBOX.labels(self.channel).set(row[0] if row else 0)

    def _note(self, err: NotDelivered) -> None:
        if not err.channel_down:
            log.error("message_refused", channel=self.channel, reason=str(err))
            return
        if not self.failures:
            log.warning("channel_down", channel=self.channel, reason=str(err))
        self.failures += 1


class Couriers:
    """One courier a channel."""

    def __init__(self, url: str, senders: dict[str, Sender], ending: threading.Event) -> None:
        self.all = [Courier(url, channel, sender, ending) for channel, sender in senders.items()]

    def start(self) -> None:
        """Start all."""
        for courier in self.all:
            courier.start()

    def join(self, seconds: float) -> None:
        """Wait for all, for at most so many seconds."""
        for courier in self.all:
            courier.join(seconds / len(self.all))
