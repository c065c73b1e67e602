"""The thing that flows: one value of one tag of one machine at one time, with a quality. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Quality(IntEnum):
    """How far a value may be trusted: the two severity bits of an OPC UA StatusCode."""

    GOOD = 0
    UNCERTAIN = 1
    BAD = 2


# Added to the quality of a stored sample whose time cannot be true; whoever counts or judges leaves it out.
HELD_OUT = 4
# A sample dated later than it came by more than this has a time that cannot be true: clocks in step differ by less.
FUTURE_US = 10_000_000
# Added to the quality of a sample whose value is the number of a text: whoever counts or judges leaves it out too.
TEXT = 8
# From here on a sample cannot tell each whole number from its neighbours: 2^53 + 1 is stored as 2^53.
FIRST_ROUNDED = 2**53
# So long that a name, a batch or a message fits, and short enough for an index of all texts.
MAX_TEXT = 500


class State(IntEnum):
    """What a machine does, in the words of the shop floor; the codes are stored, so they never change."""

    NO_DATA = 0
    RUNNING = 1
    IDLE = 2
    STARVED = 3
    BLOCKED = 4
    DOWN = 5
    SETUP = 6
    STOPPED = 7
    MAINTENANCE = 8


@dataclass(frozen=True, slots=True)
class Sample:
    """One reading: `value` is None exactly when the quality is BAD or it is a `text`; microseconds since 1970 UTC.

    `source_us` is when the device says it was so, `edge_us` when the agent read it.
    A Modbus device keeps no time: there both are the same.
    A state sample's value is a `State`; a counter's value is the raw count; a process value is in its unit.
    """

    machine: str
    tag: str
    source_us: int
    edge_us: int
    value: float | None
    quality: Quality
    text: str | None = None


def to_us(instant: datetime) -> int:
    """Microseconds since 1970 UTC of an aware instant, exact."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant!r} has no time zone: instants are aware, UTC")
    return (instant - EPOCH) // MICROSECOND


def from_us(microseconds: int) -> datetime:
    """The aware UTC instant of microseconds since 1970, exact."""
    return EPOCH + microseconds * MICROSECOND
