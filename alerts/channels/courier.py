"""Table delivery → one receiver, in a thread and at a pace of its own, so that no channel holds up another."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from email.errors import MessageError
from typing import Protocol

import psycopg
import structlog

from alerts import metrics
from alerts.alarms.journal import Connection
from alerts.channels.message import Message, NotDelivered, Refusal, Trouble
from alerts.channels.pace import pace_of
from alerts.faults import ODD
from config.channels import Channel
from runtime.database import connect, queries
from runtime.guard import Guard, reason_of

log = structlog.get_logger()
SQL = {name: text.encode() for name, text in queries("alerts.channels").items()}
LOOK_EVERY_S = 0.5
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 60.0
LONGEST_REST_S = 600.0
# One refused message a minute asks whether the receiver takes them now.
ASK_AGAIN_EVERY_S = 60.0


class Sender(Protocol):
    """Brings one message to one channel."""

    def send(self, message: Message) -> None:
        """Deliver, or NotDelivered."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What a channel still has to deliver; `answer` is what the receiver said to the one that it refused last."""

    waiting: int = 0
    refused: int = 0
    oldest_s: float = 0.0
    answer: str = ""


def wait_s(failures: int) -> float:
    """How long to wait after so many failures in a row: 1, 2, 4 ... seconds, a minute at most."""
    return float(min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(failures - 1, 20)))


def rest_s(refusal: Refusal, failures: int) -> float:
    """How long a channel is left alone: as the receiver says, longer each time it says "too fast" in a row."""
    if refusal.wait_s is None:
        return wait_s(failures)
    return max(refusal.wait_s, min(LONGEST_REST_S, refusal.wait_s * 2.0 ** min(failures - 1, 20)))


class Courier(threading.Thread):
    """Sends what is due for one channel until the service ends; at least once, marked after the receiver took it."""

    def __init__(
        self, url: str, channel: Channel, sender: Sender, ending: threading.Event, beat: Callable[[], None]
    ) -> None:
        # A daemon: a receiver that hangs must not hold up the end of the service; the message stays due.
        super().__init__(name=f"courier-{channel.id}", daemon=True)
        self.url = url
        self.channel = channel
        self.sender = sender
        self.ending = ending
        self.beat = beat
        self.guard = Guard(f"channel {channel.id}")
        self.key = {"channel": channel.id}
        self.pace = pace_of(channel.a_minute, channel.kept_for_high, time.monotonic())
        # The trouble of the channel, None while it takes messages; how often in a row; until when it is left alone.
        self.trouble: Refusal | None = None
        self.failures = 0
        self.rests_until = 0.0
        self.ask_again_at = 0.0
        self.backlog = Backlog()
        self.counted_at = 0.0
        self.told: set[str] = set()

    def run(self) -> None:
        """Outlive the database."""
        known = False
        while not self.ending.is_set():
            self.beat()
            conn: Connection | None = None
            try:
                conn = connect(self.url, f"alerts-{self.channel.id}")
                if not known:
                    self._recall(conn)
                    known = True
                self._work(conn)
            except psycopg.Error as err:
                self.ending.wait(self.guard.failed(err, conn))
            finally:
                if conn is not None:
                    conn.close()

    def _recall(self, conn: Connection) -> None:
        """What a start must not forget: what was sent within the last minute, and that the receiver wants to rest."""
        now = time.monotonic()
        lately = conn.execute(SQL["sent_lately"], self.key).fetchone()
        self.pace = self.pace.after_many(lately[0] if lately else 0, now)
        row = conn.execute(SQL["trouble_of"], self.key).fetchone()
        if row is not None:
            self.trouble, self.failures = Refusal(Trouble(row[0]), row[1]), 1
            if self.trouble.trouble is Trouble.TOO_FAST:
                self.rests_until = now + min(row[2], LONGEST_REST_S)

    def _work(self, conn: Connection) -> None:
        while not self.ending.is_set():
            self.beat()
            self._count(conn)
            self.guard.works()
            message = self._next(conn)
            if message is None:
                self.ending.wait(LOOK_EVERY_S)
                continue
            now = time.monotonic()
            wait = max(self.rests_until - now, self.pace.wait_s(message.high, now))
            if wait > 0:
                # Not to the end: one of high priority may come meanwhile.
                self.ending.wait(min(wait, LOOK_EVERY_S))
            else:
                self._bring(conn, message)

    def _next(self, conn: Connection) -> Message | None:
        row = conn.execute(SQL["next_message"], self.key).fetchone()
        if row is None and time.monotonic() >= self.ask_again_at:
            row = conn.execute(SQL["next_refused"], self.key).fetchone()
        return None if row is None else Message(*row)

    def _bring(self, conn: Connection, message: Message) -> None:
        """Send one message and note how it went."""
        key = {**self.key, "journal": message.id}
        conn.execute(SQL["begin_attempt"], key)
        refusal = self._sent(message)
        # After the answer: the receiver has counted it by now.
        self.pace = self.pace.after(message.high, time.monotonic())
        result = "ok" if refusal is None else "failed" if refusal.trouble is Trouble.DOWN else str(refusal.trouble)
        metrics.DELIVERIES.labels(self.channel.id, result).inc()
        if refusal is not None and refusal.trouble is not Trouble.REFUSED:
            if refusal.trouble is Trouble.DOWN:
                conn.execute(SQL["not_reached"], {**key, "error": refusal.reason})
            self._rest(conn, refusal)
            return
        if refusal is None:
            conn.execute(SQL["delivered"], key)
            self.ask_again_at = 0.0
        else:
            wait = timedelta(seconds=ASK_AGAIN_EVERY_S)
            conn.execute(SQL["refused"], {**key, "error": refusal.reason, "wait": wait})
            self.ask_again_at = time.monotonic() + ASK_AGAIN_EVERY_S
            self._tell(refusal)
        self._reached(conn)

    def _sent(self, message: Message) -> Refusal | None:
        """None when the receiver has taken it; a message that cannot be written counts as refused."""
        try:
            self.sender.send(message)
        except NotDelivered as err:
            return err.refusal
        except (*ODD, MessageError) as err:
            return Refusal(
                Trouble.REFUSED, f"this message cannot be written: {type(err).__name__}", reason_of(err)[:120]
            )
        return None

    def _rest(self, conn: Connection, refusal: Refusal) -> None:
        """The channel takes nothing now: the message stays the next one, and all wait."""
        if self.trouble is None or self.trouble.trouble is not refusal.trouble:
            self.failures = 0
            event = "channel_down" if refusal.trouble is Trouble.DOWN else "channel_too_fast"
            log.warning(event, channel=self.channel.id, reason=refusal.reason)
        self.trouble = refusal
        self.failures += 1
        rest = rest_s(refusal, self.failures)
        self.rests_until = time.monotonic() + rest
        row = {"trouble": refusal.trouble, "reason": refusal.reason, "wait": timedelta(seconds=rest)}
        conn.execute(SQL["put_trouble"], {**self.key, **row})

    def _reached(self, conn: Connection) -> None:
        if self.trouble is not None:
            conn.execute(SQL["end_trouble"], self.key)
            log.info("channel_works_again", channel=self.channel.id)
        self.trouble, self.failures, self.rests_until = None, 0, 0.0

    def _tell(self, refusal: Refusal) -> None:
        """Once for each kind, until no refused message waits."""
        if refusal.kind not in self.told:
            cure = "see docs/alerts.md; the alarm's page shows it, and it is tried again each minute"
            log.error("message_refused", channel=self.channel.id, reason=refusal.reason, cure=cure)
        self.told.add(refusal.kind)

    def _count(self, conn: Connection) -> None:
        if time.monotonic() - self.counted_at < LOOK_EVERY_S:
            return
        self.counted_at = time.monotonic()
        row = conn.execute(SQL["backlog"], self.key).fetchone()
        self.backlog = Backlog(*row) if row else Backlog()
        metrics.OUTBOX.labels(self.channel.id).set(self.backlog.waiting)
        metrics.REFUSED.labels(self.channel.id).set(self.backlog.refused)
        if not self.backlog.refused:
            self.told.clear()
