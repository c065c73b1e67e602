"""Lines of the alarm journal → the text and the document of one message, alone, together or as a digest. Pure."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from alerts.alarms.texts import EVENTS, PRIORITIES
from alerts.channels.message import Message

HANDED_OVER = "handed_over"
MOST_COUNTS = 8
MOST_NAMES = 5
MOST_IN_DOCUMENT = 200
REPEAT = ("Possibly a repeat.", "可能是重复消息。")


class Kind(StrEnum):
    """One alarm in full, a line for each of several, or how many there are of what."""

    ALONE = "alone"
    TOGETHER = "together"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class Letter:
    """What goes to one receiver; `ids` are the deliveries of its messages.

    `part`: the one that is to be sent now. `acknowledge`: a link that belongs to this receiver and alarm.
    `picture`: a PNG, empty where there is none. `again`: it was begun before, and goes as it was.
    `urgent`: what its delivery says, whatever the priority of its alarm.
    """

    ids: tuple[int, ...]
    kind: Kind
    messages: tuple[Message, ...]
    person: str | None = None
    address: str | None = None
    language: str | None = None
    repeat: bool = False
    part: int = 1
    acknowledge: str = ""
    picture: bytes = field(default=b"", repr=False)
    urgent: bool | None = None
    refused_before: bool = False
    again: bool = False

    @property
    def id(self) -> int:
        """That of its first delivery, by which a receiver knows a repetition."""
        return self.ids[0]

    @property
    def high(self) -> bool:
        """Whether it goes before the others."""
        return self.messages[0].high if self.urgent is None else self.urgent

    @property
    def key(self) -> str:
        """The same at each attempt, and another for each part."""
        return str(self.id) if self.part == 1 else f"{self.id}.{self.part}"


@dataclass(frozen=True, slots=True)
class Style:
    """What all messages of a plant share: its time zone, the link to the list of alarms, the line of each machine."""

    zone: ZoneInfo
    link: str = ""
    lines: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def title_of(letter: Letter) -> str:
    """One line, without the line breaks of names."""
    first = letter.messages[0]
    if letter.kind is Kind.ALONE:
        en, zh = _event_of(first)
        text = _both(letter, f"[{en}] {first.text_en}", f"[{zh}] {first.text_zh}")
        if letter.language is None:
            text = f"[{en} {zh}] {first.text_en} | {first.text_zh}"
    else:
        text = _both(letter, *_head(letter))
    return " ".join(text.split())


def text_of(letter: Letter, style: Style) -> str:
    """The whole text in the receiver's language, or in both; a link only opens a page, following it changes nothing."""
    match letter.kind:
        case Kind.ALONE:
            lines = _alone(letter, style)
        case Kind.TOGETHER:
            lines = [*_heads(letter), "", *(_line(letter, message, style) for message in letter.messages)]
        case Kind.DIGEST:
            lines = [*_heads(letter), "", *_counts(letter, style), "", *_first(letter, style)]
    if letter.repeat:
        lines = [_both(letter, *REPEAT), *lines]
    if letter.acknowledge:
        lines += ["", f"{_both(letter, 'Acknowledge', '确认')}: {letter.acknowledge}"]
    if style.link:
        lines += ["", f"{_both(letter, 'Alarms', '报警')}: {style.link}"]
    return "\n".join([*lines, "", _numbers(letter)]) + "\n"


def document_of_json(letter: Letter, style: Style) -> Mapping[str, object]:
    """What a program gets; times are ISO 8601 in UTC."""
    first = letter.messages[0]
    shared: dict[str, object] = {
        "id": letter.id,
        "kind": letter.kind,
        "repeat": letter.repeat,
        "person": letter.person,
        "title": title_of(letter),
        "link": style.link or None,
        "acknowledge": letter.acknowledge or None,
    }
    if letter.kind is Kind.ALONE:
        return _line_of_json(first) | shared
    return shared | {
        "event": letter.kind,
        "priority": first.priority,
        "count": len(letter.messages),
        "messages": [_line_of_json(message) for message in letter.messages[:MOST_IN_DOCUMENT]],
    }


def clock_of(at: datetime, zone: ZoneInfo) -> str:
    """The time on the plant's wall, with its distance from UTC: '2026-11-23 16:00:05 (UTC+08:00)'."""
    local = at.astimezone(zone)
    offset = f"{local:%z}"
    return f"{local:%Y-%m-%d %H:%M:%S} (UTC{offset[:3]}:{offset[3:5]})"


def _line_of_json(message: Message) -> dict[str, object]:
    return {
        "journal": message.id,
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
        "text": {"en": message.text_en, "zh": message.text_zh},
    }


def _event_of(message: Message) -> tuple[str, str]:
    """The words of what happened; the journal's own word where there are none yet: the message goes all the same."""
    return EVENTS.get(message.event, (message.event, message.event))


def _both(letter: Letter, en: str, zh: str) -> str:
    """In the receiver's language, else in both."""
    return {"en": en, "zh": zh}.get(letter.language or "", f"{en} {zh}")


def _alone(letter: Letter, style: Style) -> list[str]:
    message = letter.messages[0]
    event_en, event_zh = _event_of(message)
    priority_en, priority_zh = PRIORITIES[message.priority]
    at, raised_at = clock_of(message.at, style.zone), clock_of(message.raised_at, style.zone)
    by_en, by_zh = (f" by {message.by}", f"（{message.by}）") if message.by else ("", "")
    en = [message.text_en, f"{event_en}{by_en}, {at}. Priority {priority_en}. Raised {raised_at}."]
    zh = [message.text_zh, f"{event_zh}{by_zh}，{at}。优先级：{priority_zh}。发生于 {raised_at}。"]
    lines = {"en": en, "zh": zh}.get(letter.language or "", [*en, "", *zh])
    return lines + (["", message.comment] if message.comment else [])


def _line(letter: Letter, message: Message, style: Style) -> str:
    """One line; line breaks in names do not get into it."""
    event = _both(letter, *_event_of(message))
    text = {"en": message.text_en, "zh": message.text_zh}.get(
        letter.language or "", f"{message.text_en} | {message.text_zh}"
    )
    return " ".join(f"{message.at.astimezone(style.zone):%H:%M:%S} {event} {text} #{message.alarm}".split())


def _heads(letter: Letter) -> list[str]:
    en, zh = _head(letter)
    return {"en": [en], "zh": [zh]}.get(letter.language or "", [en, zh])


def _head(letter: Letter) -> tuple[str, str]:
    """How many messages, by what happened."""
    events = Counter(_event_of(message) for message in letter.messages)
    en = ", ".join(f"{count} {word}" for (word, _), count in events.most_common())
    zh = "，".join(f"{word} {count}" for (_, word), count in events.most_common())
    many = len(letter.messages)
    if letter.messages[0].event == HANDED_OVER:
        return f"[Hand-over] {many} alarms are still open", f"[交接班] {many} 个报警仍未结束"
    if letter.kind is Kind.TOGETHER:
        return f"[ALARM] {many} messages of high priority: {en}", f"[报警] {many} 条高优先级消息：{zh}"
    return f"[ALARM] Digest of {many} messages: {en}", f"[报警] {many} 条消息汇总：{zh}"


def _counts(letter: Letter, style: Style) -> list[str]:
    """How many of which rule at which line, the most first."""
    found = Counter((style.lines.get(m.machine or "", ("", "")), m.rule) for m in letter.messages)
    rows = [
        f"{_both(letter, *line).strip()} {rule}: {count}".strip()
        for (line, rule), count in found.most_common(MOST_COUNTS)
    ]
    left = len(letter.messages) - sum(count for _, count in found.most_common(MOST_COUNTS))
    return rows + ([_both(letter, f"others: {left}", f"其他 {left}")] if left else [])


def _first(letter: Letter, style: Style) -> list[str]:
    rows = [_line(letter, message, style) for message in letter.messages[:MOST_NAMES]]
    return rows + (["…"] if len(letter.messages) > MOST_NAMES else [])


def _numbers(letter: Letter) -> str:
    if letter.kind is Kind.ALONE:
        alarm = letter.messages[0].alarm
        return _both(letter, f"Alarm {alarm}, message {letter.id}.", f"报警 {alarm}，消息 {letter.id}。")
    return _both(letter, f"Message {letter.id}.", f"消息 {letter.id}。")


def fitting(letter: Letter, style: Style, most: int | None) -> Letter:
    """With as many of its messages as stand in so many bytes, one at least; None: all of them. For TOGETHER."""
    if most is None or letter.again or letter.kind is not Kind.TOGETHER:
        return letter
    count = len(letter.messages)
    while count > 1 and len(text_of(_first_of(letter, count), style).encode()) > most:
        count -= 1
    return _first_of(letter, count)


def _first_of(letter: Letter, count: int) -> Letter:
    kind = letter.kind if count > 1 else Kind.ALONE
    return replace(letter, kind=kind, ids=letter.ids[:count], messages=letter.messages[:count])
