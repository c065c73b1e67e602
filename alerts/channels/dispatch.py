"""What one channel sends now, and what it notes of it: one turn after another, at any clock."""

import time
from collections.abc import Callable, Mapping
from email.errors import MessageError

import structlog

from alerts import metrics
from alerts.alarms.journal import Connection
from alerts.channels.ledger import Backlog, Ledger
from alerts.channels.letter import Letter, fitting
from alerts.channels.message import NotDelivered, Refusal, Taken, Trouble
from alerts.channels.pace import crowded_s, pace_of
from alerts.channels.planner import next_letter
from alerts.channels.readiness import Readiness, spare_of
from alerts.channels.sender import Sender
from alerts.faults import ODD
from config.channels import Channel, Format, Webhook
from runtime.guard import reason_of

log = structlog.get_logger()
LOOK_EVERY_S = 0.5
# One refused message a minute asks whether the receiver takes them now.
ASK_AGAIN_EVERY_S = 60.0
Enclose = Callable[[Connection, Letter], Letter]


class Dispatch:
    """One channel's readiness and backlog.

    `chains`: of each channel of the plant, itself and its spares. `enclose` adds a link and a picture to a letter.
    `clock_s` only grows; `minute_s` counts from any full minute.
    """

    def __init__(
        self,
        channel: Channel,
        sender: Sender,
        chains: Mapping[str, tuple[str, ...]] | None = None,
        enclose: Enclose | None = None,
        clock_s: Callable[[], float] = time.monotonic,
        minute_s: Callable[[], float] = time.time,
    ) -> None:
        self.channel = channel
        self.sender = sender
        self.chains = chains or {channel.id: channel.chain}
        self.enclose = enclose
        self.clock_s, self.minute_s = clock_s, minute_s
        self.avoids_crowds = isinstance(channel, Webhook) and channel.format is Format.FEISHU
        self.readiness = Readiness(pace_of(channel.a_minute, channel.kept_for_high, clock_s()))
        self.ask_again_at = clock_s()
        self.backlog = Backlog()
        self.counted_at = clock_s() - LOOK_EVERY_S
        self.told: set[str] = set()

    def recall(self, ledger: Ledger, again: bool) -> None:
        """What a start must not forget; `again`: only the connection is new."""
        ledger.recall_attempts()
        if again:
            return
        now = self.clock_s()
        ledger.leave_without_channel(list(self.chains))
        self.readiness = Readiness(self.readiness.pace.after_many(ledger.sent_lately(), now))
        trouble = ledger.trouble()
        if trouble is not None:
            self.readiness = self.readiness.resting(*trouble, now)

    def turn(self, ledger: Ledger) -> float:
        """Send what may go now; how many seconds until the next look, 0 after a message."""
        self._count(ledger)
        letter = self._next(ledger)
        if letter is None:
            return LOOK_EVERY_S
        wait = self.readiness.wait_s(letter.high, self.clock_s())
        if self.avoids_crowds:
            wait = max(wait, crowded_s(self.minute_s()))
        if wait > 0:
            # Not to the end: one of high priority may come meanwhile.
            return min(wait, LOOK_EVERY_S)
        self._bring(ledger, letter)
        return 0.0

    def _next(self, ledger: Ledger) -> Letter | None:
        now = self.clock_s()
        letter = next_letter(ledger.waiting(), self.readiness.pace, now)
        if letter is None and now >= self.ask_again_at:
            letter = next_letter(ledger.refused_before(), self.readiness.pace, now)
        return letter

    def _bring(self, ledger: Ledger, letter: Letter) -> None:
        """Send one message, or the part of it that is due, and note how it went."""
        letter = fitting(letter, self.sender.style, self.sender.room)
        attempt = ledger.begin(letter)
        answer, parts = self._sent(ledger, letter)
        refusal = answer if isinstance(answer, Refusal) else None
        before = self.readiness
        self.readiness = before.after(refusal, letter.high, self.clock_s())
        metrics.DELIVERIES.labels(self.channel.id, _result(refusal)).inc()
        ledger.end(attempt, letter, answer, parts, ASK_AGAIN_EVERY_S)
        if refusal is not None and refusal.trouble is not Trouble.REFUSED:
            self._rest(ledger, refusal, before)
            return
        if refusal is not None:
            self.ask_again_at = self.clock_s() + ASK_AGAIN_EVERY_S
            self._tell(refusal)
        elif self.backlog.refused and letter.refused_before:
            ledger.none_refused()
            self.ask_again_at = 0.0
        if before.trouble is not None:
            ledger.end_trouble()
            log.info("channel_works_again", channel=self.channel.id)

    def _sent(self, ledger: Ledger, letter: Letter) -> tuple[Taken | Refusal, int]:
        """What the receiver said, and how many parts the message has; one that cannot be written counts as refused."""
        try:
            if self.enclose is not None:
                letter = self.enclose(ledger.conn, letter)
            parts = self.sender.parts(letter)
            return self.sender.send(letter), parts
        except NotDelivered as err:
            return err.refusal, 1
        except (*ODD, MessageError) as err:
            kind = f"this message cannot be written: {type(err).__name__}"
            return Refusal(Trouble.REFUSED, kind, reason_of(err)[:120]), 1

    def _rest(self, ledger: Ledger, refusal: Refusal, before: Readiness) -> None:
        """The channel takes nothing now: the message stays the next one, and all wait."""
        if before.trouble is None or before.trouble.trouble is not refusal.trouble:
            event = "channel_down" if refusal.trouble is Trouble.DOWN else "channel_too_fast"
            log.warning(event, channel=self.channel.id, reason=refusal.reason)
        ledger.put_trouble(refusal, max(0.0, self.readiness.rests_until_s - self.clock_s()))

    def _tell(self, refusal: Refusal) -> None:
        """Once for each kind, until no refused message waits."""
        if refusal.kind not in self.told:
            cure = "see docs/alerts.md; the alarm's page shows it, and it is tried again each minute"
            log.error("message_refused", channel=self.channel.id, reason=refusal.reason, cure=cure)
        self.told.add(refusal.kind)

    def _count(self, ledger: Ledger) -> None:
        """How much waits; and what has waited for too long goes to a spare channel."""
        if self.clock_s() - self.counted_at < LOOK_EVERY_S:
            return
        self.counted_at = self.clock_s()
        self.backlog = ledger.backlog()
        metrics.OUTBOX.labels(self.channel.id).set(self.backlog.waiting)
        metrics.REFUSED.labels(self.channel.id).set(self.backlog.refused)
        if not self.backlog.refused:
            self.told.clear()
        if self.backlog.refused or (self.backlog.waiting and self.readiness.trouble is not None):
            self._move(ledger)

    def _move(self, ledger: Ledger) -> None:
        trouble = self.readiness.trouble
        reason = f"{self.channel.id}: {trouble.reason if trouble else self.backlog.answer}"
        for home in ledger.too_long_here(all_=trouble is not None):
            chain = self.chains.get(home, (home,))
            to = spare_of(chain, self.channel.id, ledger.in_trouble())
            count = ledger.move(home, to, reason, trouble is not None, len(chain) - 1) if to is not None else 0
            if count:
                log.warning("messages_moved", channel=self.channel.id, to=to, count=count, reason=reason)


def _result(refusal: Refusal | None) -> str:
    """The word of the metric."""
    if refusal is None:
        return "ok"
    return "failed" if refusal.trouble is Trouble.DOWN else str(refusal.trouble)
