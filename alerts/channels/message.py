"""One line of the alarm journal as people and programs read it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from alerts.alarms.texts import EVENTS, PRIORITIES


class Trouble(StrEnum):
    """Whose trouble it is that a message was not taken."""

    REFUSED = "refused"  # the message's: others may be taken
    DOWN = "down"  # the channel's: nothing reaches the receiver
    TOO_FAST = "too_fast"  # the channel's: the receiver takes nothing for a while


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a receiver has not taken a message; neither text holds its address.

    `kind` is the same whenever the reason is, `said` are the receiver's own words, `wait_s` is how long it rests.
    """

    trouble: Trouble
    kind: str
    said: str = ""
    wait_s: float | None = None

    @property
    def reason(self) -> str:
        """In one line."""
        return f"{self.kind}: {self.said}" if self.said else self.kind


class NotDelivered(Exception):
    """A receiver has not taken a message; the refusal says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Message:
    """What happened to which alarm; `id` is the journal's number, by which a receiver knows a repetition."""

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


def title(message: Message) -> str:
    """One line with both languages; line breaks in names do not get into it."""
    en, zh = EVENTS[message.event]
    return " ".join(f"[{en} {zh}] {message.text_en} | {message.text_zh}".split())


def body(message: Message, link: str) -> str:
    """Both languages in full; the link only opens the list, nothing is acknowledged by following it."""
    event_en, event_zh = EVENTS[message.event]
    priority_en, priority_zh = PRIORITIES[message.priority]
    at, raised_at = _clock(message.at), _clock(message.raised_at)
    by_en, by_zh = (f" by {message.by}", f"（{message.by}）") if message.by else ("", "")
    lines = [
        f"{message.text_en}",
        f"{event_en}{by_en}, {at}. Priority {priority_en}. Raised {raised_at}.",
        "",
        f"{message.text_zh}",
        f"{event_zh}{by_zh}，{at}。优先级：{priority_zh}。发生于 {raised_at}。",
        *(["", message.comment] if message.comment else []),
        *(["", f"Alarms 告警: {link}"] if link else []),
        "",
        f"Alarm {message.alarm}, message {message.id}. 告警 {message.alarm}，消息 {message.id}。",
    ]
    return "\n".join(lines) + "\n"


def as_json(message: Message, link: str) -> Mapping[str, object]:
    """What a webhook gets; times are ISO 8601 in UTC."""
    return {
        "id": message.id,
        "alarm": message.alarm,
        "event": message.event,
        "at": message.at.isoformat(),
        "by": message.by,
        "comment": message.comment,
        "rule": message.rule,
        "subject": message.subject,
        "machine": message.machine,
        "priority": message.priority,
        "raised_at": message.raised_at.isoformat(),
        "title": title(message),
        "text": {"en": message.text_en, "zh": message.text_zh},
        "link": link or None,
    }


def _clock(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S %Z}"
