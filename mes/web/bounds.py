"""What a date, a text or a number of a request may be. Pure."""

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field, WithJsonSchema

EARLIEST, BEYOND = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
# The largest whole number of a row in PostgreSQL.
LARGEST = 2**63 - 1
# PostgreSQL takes no NUL, and nobody can read other control characters.
ONE_LINE = r"^[^\x00-\x1f\x7f]*$"
LINES = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"


def _instant(at: datetime) -> datetime:
    """The instant in UTC. Compared first: a zone can carry the first hours of the year 1 to a year 0, which is none."""
    if not EARLIEST <= at < BEYOND:
        raise ValueError("Give an instant from the years 2000 to 2199.")
    return at.astimezone(UTC)


def _day(day: date) -> date:
    if not EARLIEST.date() <= day < BEYOND.date():
        raise ValueError("Give a day from 2000-01-01 to 2199-12-31.")
    return day


def day_of(text: str) -> date:
    """The day that a field of a form says, such as 2026-01-31; ValueError for any other and beyond 2199."""
    return _day(date.fromisoformat(text))


def _schema(format_: str, first: str, beyond: str) -> WithJsonSchema:
    return WithJsonSchema(
        {"type": "string", "format": format_, "formatMinimum": first, "formatExclusiveMaximum": beyond}
    )


Instant = Annotated[
    AwareDatetime, AfterValidator(_instant), _schema("date-time", "2000-01-01T00:00:00Z", "2200-01-01T00:00:00Z")
]
Day = Annotated[date, AfterValidator(_day), _schema("date", "2000-01-01", "2200-01-01")]
PlantId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$", max_length=63)]
RowId = Annotated[int, Field(ge=1, le=LARGEST)]
PersonName = Annotated[str, Field(min_length=1, max_length=80, pattern=ONE_LINE)]
Reason = Annotated[str, Field(min_length=1, max_length=500, pattern=LINES)]
Comment = Annotated[str, Field(max_length=1000, pattern=LINES)]
Letters = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]*$", max_length=1000)]
