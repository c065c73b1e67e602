"""The calendar as the API tells and takes it. Clock times are those on the site's wall, spans are UTC."""

from datetime import date, datetime, time
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from config.calendar import Kind
from mes.web.models import GivenNames, Names, Person, Time

Clock = Annotated[
    str,
    Field(
        pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", max_length=5, description="HH:MM on the wall.", examples=["06:00"]
    ),
]


class BreakBody(BaseModel):
    """A planned break."""

    model_config = ConfigDict(extra="forbid")

    starts: Clock
    ends: Clock


class HolidayBody(Person):
    """No shift of the week works on this day."""

    kind: Literal["holiday"] = "holiday"


class OverrideBody(Person):
    """What is different for one shift on one day."""

    kind: Literal["cancelled", "overtime", "breaks", "extra"] = Field(
        description="cancelled: it does not work; overtime: other starts or ends; breaks: other breaks; "
        "extra: a shift that the week does not have."
    )
    starts: Clock | None = Field(None, description="extra: needed; overtime: left out, it starts as usual.")
    ends: Clock | None = Field(None, description="extra: needed; at or before `starts`: on the next day.")
    breaks: list[BreakBody] | None = Field(
        None, max_length=48, description="All breaks; left out: as usual, an extra shift has none."
    )
    name: GivenNames | None = Field(None, description="What people read, extra shifts only.")


class OverrideAnswer(BaseModel):
    """An exception, or the end of one (withdrawn)."""

    id: int
    day: date = Field(description="The production day.", examples=["2026-02-17"])
    shift: str | None = Field(description="null: the whole day.", examples=["night"])
    kind: Kind
    starts: str | None
    ends: str | None
    breaks: list[BreakBody] | None
    name: Names | None
    by: str
    why: str
    at: Time = Field(description="When it was put down.")
    known_at: Time | None = Field(description="Since when numbers follow it; null for the moment until they do.")


class SpanAnswer(BaseModel):
    """A slice of time."""

    model_config = ConfigDict(populate_by_name=True)

    from_: datetime = Field(alias="from", description="UTC, included.")
    to: datetime = Field(description="UTC, excluded.")


class ShiftAnswer(SpanAnswer):
    """One occurrence of a shift."""

    id: str
    name: Names
    breaks: list[SpanAnswer]
    planned_us: int = Field(description="Without its breaks.")


class DayAnswer(SpanAnswer):
    """A production day with its shifts as they work, exceptions included."""

    day: date
    hours: float = Field(description="24; 23 or 25 when the clocks change.")
    shifts: list[ShiftAnswer]
    overrides: list[OverrideAnswer] = Field(description="The exceptions that made it so.")


class CalendarAnswer(BaseModel):
    """Production days in their order."""

    zone: str = Field(description="IANA time zone of the site.", examples=["Asia/Shanghai"])
    zone_rules: str = Field(description="Edition of the time zone rules in use.", examples=["2025b"])
    as_of: Time
    days: list[DayAnswer]


def clock(at: time | None) -> str | None:
    """HH:MM."""
    return None if at is None else f"{at:%H:%M}"
