"""What was asked → the window in microseconds. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from fastapi import Query

from config.calendar import Calendar
from config.shifts import shift_at
from contract.sample import to_us
from mes.facts.model import Span
from mes.web.bounds import Instant
from mes.web.problems import mistake

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
LONGEST_DAYS = 31
LONGEST_US = LONGEST_DAYS * DAY_US
# By the plant's own policy and as known now, hours are kept and only summed.
LONGEST_KEPT_DAYS = 400
LONGEST_KEPT_US = LONGEST_KEPT_DAYS * DAY_US


@dataclass(frozen=True, slots=True)
class Longest:
    """Beside the key `to` of a route that computes a window: how many days after `from` it may be."""

    days: int


FIRST, END = "2026-01-31T06:00:00Z", "2026-01-31T14:00:00Z"
WITHIN = f"With zone, excluded; at most {LONGEST_DAYS} days after 'from'."
WITHIN_KEPT = (
    f"With zone, excluded; at most {LONGEST_KEPT_DAYS} days after 'from', "
    f"{LONGEST_DAYS} by another policy than the plant's or as known at an earlier instant."
)
From = Annotated[Instant, Query(alias="from", description="With zone, included.", examples=[FIRST])]
To = Annotated[Instant, Query(description=WITHIN, examples=[END]), Longest(LONGEST_DAYS)]
KeptTo = Annotated[
    Instant,
    Query(
        description=f"With zone, excluded; at most {LONGEST_KEPT_DAYS} days after 'from'.",
        examples=[END],
    ),
    Longest(LONGEST_KEPT_DAYS),
]
AskedFrom = Annotated[Instant | None, Query(alias="from", description="With zone, included.", examples=[FIRST])]
AskedTo = Annotated[Instant | None, Query(description=WITHIN, examples=[END]), Longest(LONGEST_DAYS)]
AskedKeptTo = Annotated[Instant | None, Query(description=WITHIN_KEPT, examples=[END]), Longest(LONGEST_KEPT_DAYS)]


def need_order(from_: date | None, to: date | None) -> None:
    """A Problem 422 for a span that ends before it begins, or has no length."""
    if from_ is not None and to is not None and to <= from_:
        raise mistake("query.to", "Must be later than 'from'.")


def need_length(from_: date, to: date, days: int) -> None:
    """A Problem 422 for a span that has no length or is too long."""
    need_order(from_, to)
    if to - from_ > timedelta(days=days):
        raise mistake("query.to", f"The window is longer than {days} days: ask for parts and add up their elements.")


def given_window(from_: datetime, to: datetime, now_us: int, longest_us: int = LONGEST_US) -> Span:
    """The window cut at now, or a Problem 422: it needs a length, a begin in the past and an end near enough."""
    need_order(from_, to)
    start, end = to_us(from_), to_us(to)
    if start >= now_us:
        raise mistake("query.from", "Lies in the future: nothing has happened there yet.")
    need_length(from_, to, longest_us // DAY_US)
    return start, min(end, now_us)


def need_window(
    name: str | None,
    from_: datetime | None,
    to: datetime | None,
    now_us: int,
    longest_us: int = LONGEST_US,
    nameable: bool = True,
) -> None:
    """A Problem 422 unless either a window's name is given or both ends of one that can be computed."""
    if name is not None and (from_ or to):
        raise mistake("query.window", "Give either 'window' or 'from' and 'to', not both.")
    if name is not None:
        return
    if from_ is None or to is None:
        others = ", or window=shift, or window=hour" if nameable else ""
        raise mistake("query.from", f"Give 'from' and 'to'{others}.")
    given_window(from_, to, now_us, longest_us)


def named_window(calendar: Calendar, window: Literal["shift", "hour"] | None, now_us: int) -> Span:
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
    need_window(window, from_, to, now_us, longest_us)
    if from_ is not None and to is not None:
        return given_window(from_, to, now_us, longest_us), to_us(to)
    return named_window(calendar, window, now_us), now_us
