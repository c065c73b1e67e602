"""'500ms', '2s', '10min', '8h' → timedelta. Pure."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator

from config.quoted import quoted

UNITS = {
    "us": timedelta(microseconds=1),
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
PATTERN = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(us|ms|s|min|h|d)\s*")


def parse_duration(text: object) -> timedelta:
    """The duration that was written, or ValueError with the way to write it."""
    if isinstance(text, timedelta):
        return text
    match = PATTERN.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(
            f"{quoted(text)} is not a duration: write a number and a unit, such as 500ms, 2s, 10min, 8h or 3d"
        )
    try:
        return float(match[1]) * UNITS[match[2]]
    except OverflowError as err:
        raise ValueError(f"{quoted(text)} is longer than any machine lives: write a shorter time") from err


def parse_positive(text: object) -> timedelta:
    """As parse_duration, but zero is refused."""
    duration = parse_duration(text)
    if duration <= timedelta(0):
        raise ValueError(f"{quoted(text)} must be longer than zero")
    return duration


def parse_signed(text: object) -> timedelta:
    """As parse_duration, with a sign before it where it is negative."""
    if isinstance(text, str) and text.strip().startswith("-"):
        return -parse_duration(text.strip()[1:])
    return parse_duration(text)


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
PositiveDuration = Annotated[timedelta, BeforeValidator(parse_positive)]
SignedDuration = Annotated[timedelta, BeforeValidator(parse_signed)]
