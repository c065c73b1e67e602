"""One line of the alarm journal as people and programs read it. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Trouble(StrEnum):
    """Whose trouble it is that a message was not taken."""

    REFUSED = "refused"  # the message's: others may be taken
    DOWN = "down"  # the channel's: nothing reaches the receiver
    TOO_FAST = "too_fast"  # the channel's: the receiver takes nothing for a while


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a receiver has not taken a message; neither text holds its address.

    `kind` is the same whenever the reason is, `said` are the receiver's own words, `wait_s` is how long it rests.
    `status` and `code` are of the wire and of the provider; `cut_off`: the message may have been taken all the same.
    """

    trouble: Trouble
    kind: str
    said: str = ""
    wait_s: float | None = None
    status: int | None = None
    code: int | None = None
    cut_off: bool = False

    @property
    def reason(self) -> str:
        """In one line."""
        return f"{self.kind}: {self.said}" if self.said else self.kind


@dataclass(frozen=True, slots=True)
class Taken:
    """What a receiver said when it took a message; `relayed`: it passes the message on, as a mail server does."""

    status: int | None = None
    code: int | None = None
    said: str = ""
    relayed: bool = False


class NotDelivered(Exception):
    """A receiver has not taken a message; the refusal says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Message:
    """What happened to which alarm; `id` is the journal's number."""

    id: int
    alarm: int
    event: str
    at: datetime
    by: str | None
    comment: str
    rule: str
    subject: str
    machine: str | None
    priority: str
    text_en: str
    text_zh: str
    raised_at: datetime

    @property
    def high(self) -> bool:
        """Whether it goes before the others."""
        return self.priority == "high"
