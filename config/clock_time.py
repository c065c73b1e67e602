"""A time of day by the clock on the wall, as people write it. Pure."""

import re
from datetime import time, timedelta
from typing import Annotated

from pydantic import BeforeValidator

from config.quoted import quoted

FORM = re.compile(r"\s*(\d{1,2})[:：](\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?\s*")
DAY = timedelta(days=1)


def parse_start(written: object) -> time:
    """7:00, 07:00 or 07:00:00; ValueError with the way to write it."""
    return _parsed(written, of_end=False)


def parse_end(written: object) -> time:
    """As a start; 24:00 is the end of the day, which is 00:00 of the next one."""
    return _parsed(written, of_end=True)


def _parsed(written: object, of_end: bool) -> time:
    if isinstance(written, time):
        return written
    match = FORM.fullmatch(written) if isinstance(written, str) else None
    if match is None:
        raise ValueError(f"{quoted(written)} is not a time of day: write one such as 07:00")
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    if (hour, minute, second) == (24, 0, 0):
        if of_end:
            return time(0)
        raise ValueError(f"{quoted(written)} is the end of a day: a day starts at 00:00")
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError(f"{quoted(written)} is not a time of day: hours are 0 to 23, or 24:00 as an end")
    return time(hour, minute, second, int((match[4] or "").ljust(6, "0")))


StartTime = Annotated[time, BeforeValidator(parse_start)]
EndTime = Annotated[time, BeforeValidator(parse_end)]


def inside(shift: tuple[time, time], pause: tuple[time, time]) -> tuple[timedelta, timedelta]:
    """How much of a break lies in its shift, and how long it is; both by a clock that is never changed.

    As in `config.shifts`: a break that is earlier on the clock than its shift's start lies after midnight.
    """
    begin, end = _span(*shift)
    first, last = _span(*pause)
    if first < begin:
        first, last = first + DAY, last + DAY
    return max(timedelta(0), min(end, last) - max(begin, first)), last - first


def _span(starts: time, ends: time) -> tuple[timedelta, timedelta]:
    begin, end = _since_midnight(starts), _since_midnight(ends)
    return begin, end if end > begin else end + DAY


def _since_midnight(clock: time) -> timedelta:
    return timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second, microseconds=clock.microsecond)
