"""'1/week', '2/month' → how many false alarms are allowed in which time. Pure."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator

from config.quoted import quoted

PERIODS = {"day": timedelta(days=1), "week": timedelta(weeks=1), "month": timedelta(days=30)}
PATTERN = re.compile(r"\s*(\d{1,3})\s*/\s*(day|week|month)\s*")


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """At most so many in this time, on one machine."""

    count: int
    period: timedelta

    @property
    def name(self) -> str:
        """Of the period: day, week or month."""
        return next(name for name, period in PERIODS.items() if period == self.period)

    def __str__(self) -> str:
        """As it is written in the plant file."""
        return f"{self.count}/{self.name}"


def parse_budget(text: object) -> FalseAlarms:
    """The budget that was written, or ValueError with the way to write it."""
    if isinstance(text, FalseAlarms):
        return text
    match = PATTERN.fullmatch(text) if isinstance(text, str) else None
    if match is None or not int(match[1]):
        raise ValueError(
            f"{quoted(text)} is not a budget of false alarms: write how many in which time, such as 1/week or 2/month"
        )
    return FalseAlarms(int(match[1]), PERIODS[match[2]])


Budget = Annotated[FalseAlarms, BeforeValidator(parse_budget)]
