"""A message of an alarm as it goes out, for the tests of channels."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from alerts.channels.letter import Kind, Letter, Style
from alerts.channels.message import Message
from runtime.settings import Settings, settings_from

AT = datetime(2026, 11, 23, 8, 0, 5, tzinfo=UTC)
MESSAGE = Message(
    id=17,
    alarm=3,
    event="raised",
    at=AT,
    by=None,
    comment="",
    rule="hot",
    subject="press-1",
    machine="press-1",
    priority="high",
    text_en="Press 1: temperature 78.2 °C, above 75 °C",
    text_zh="压力机 1：temperature 78.2 °C，高于 75 °C",
    raised_at=AT,
)
LINK = "https://mes.example.com/alarms"
STYLE = Style(ZoneInfo("Asia/Shanghai"), LINK, {"press-1": ("Line 1", "一线")})
LETTER = Letter((17,), Kind.ALONE, (MESSAGE,))


def letter_with(**change: Any) -> Letter:
    """The letter with a message that differs from MESSAGE."""
    return replace(LETTER, messages=(replace(MESSAGE, **change),))


def several(count: int, kind: Kind, priority: str = "high") -> Letter:
    """A letter of so many messages of as many alarms."""
    messages = tuple(replace(MESSAGE, id=n, alarm=n, priority=priority) for n in range(1, count + 1))
    return Letter(tuple(range(1, count + 1)), kind, messages)


def settings(**environment: str) -> Settings:
    """Settings with an address for people."""
    return settings_from({"SHOPFLOOR_PUBLIC_URL": "https://mes.example.com", **environment})
