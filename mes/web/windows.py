"""What was asked → the window in microseconds. Pure."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query

from config.calendar import Calendar
from config.shifts import shift_at
from contract.sample import to_us
from mes.facts.model import Span
from mes.web.bounds import Instant
from mes.web.problems import mistake

From = Annotated[Instant, Query(alias="from", description="With zone, included.", examples=["2026-01-31T06:00:00Z"])]
To = Annotated[Instant, Query(description="With zone, excluded.", examples=["2026-01-31T14:00:00Z"])]
HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
LONGEST_US = 31 * DAY_US
# By the plant's own policy and as known now, hours are kept and only summed.
LONGEST_KEPT_US = 400 * DAY_US


def given_window(from_: datetime, to: datetime, now_us: int, longest_us: int = LONGEST_US) -> Span:
    """The window cut at now, or a Problem 422: it needs a length, a begin in the past and an end near enough."""
    start, end = to_us(from_), to_us(to)
    if end <= start:
        raise mistake("query.to", "Must be later than 'from'.")
    if start >= now_us:
        raise mistake("query.from", "Lies in the future: nothing has happened there yet.")
    if end - start > longest_us:
        days = longest_us // DAY_US
        raise mistake("query.to", f"The window is longer than {days} days: ask for parts and add up their elements.")
    return start, min(end, now_us)


def named_window(calendar: Calendar, window: Literal["shift", "hour"], now_us: int) -> Span:
    """The current shift up to now, or the last 60 minutes; a Problem 422 when no shift runs."""
    if window == "hour":
        return now_us - HOUR_US, now_us
    shift = shift_at(calendar, now_us)
    if shift is None:
        raise mistake("query.window", "No shift runs now: give 'from' and 'to'.")
    return shift.starts_us, now_us


def asked_window(
    calendar: Calendar,
    window: Literal["shift", "hour"] | None,
    from_: datetime | None,
    to: datetime | None,
    now_us: int,
    longest_us: int = LONGEST_US,
) -> tuple[Span, int]:
    """The window cut at now, and the end that was asked for; a Problem 422 unless `window` or both others are given."""
    if window is not None and (from_ or to):
        raise mistake("query.window", "Give either 'window' or 'from' and 'to', not both.")
    if window is not None:
        return named_window(calendar, window, now_us), now_us
    if from_ is None or to is None:
        raise mistake("query.from", "Give 'from' and 'to', or window=shift, or window=hour.")
    return given_window(from_, to, now_us, longest_us), to_us(to)
