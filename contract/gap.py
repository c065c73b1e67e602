"""A span of which an edge agent knows that it has not read, or not kept, something. Pure.

The gap flows like samples do, inside frames: journalled, acknowledged, stored exactly once.
At its start the agent also writes a BAD sample of each series, so that every reader of samples sees NO_DATA there.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

# 1970 to 2200: anything else is a broken clock or a broken sender, and would overflow the database's time.
MAX_US = 7_258_118_400_000_000
Us = Annotated[int, Field(ge=0, lt=MAX_US)]


class Cause(StrEnum):
    """Why nothing is known."""

    DEVICE_AWAY = "device_away"
    ADDRESS_UNREADABLE = "address_unreadable"
    VALUES_DROPPED = "values_dropped"
    AGENT_DOWN = "agent_down"
    JOURNAL_FULL = "journal_full"
    JOURNAL_DAMAGED = "journal_damaged"


class Gap(BaseModel):
    """`series` index into the frame's names; `to_us` is None while it lasts, and the same gap comes again when it ends.

    `lost` is how many samples were read and then dropped: always 0 but for JOURNAL_FULL. Their frames lie within
    (first_seq to last_seq) of `epoch`; 0: they were never numbered. Each drop is told once, in one frame.
    AGENT_DOWN tells how its earlier life ended: `epoch`, its `last_seq`, and `numbered`, all samples in its frames.
    `device` is empty where the whole node is meant.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    cause: Annotated[Cause, Field(strict=False)]
    device: Annotated[str, Field(pattern=r"^[a-z0-9_-]{0,63}$")] = ""
    from_us: Us
    to_us: Us | None = None
    series: list[Annotated[int, Field(ge=0)]] = []
    lost: Annotated[int, Field(ge=0, lt=2**40)] = 0
    epoch: Annotated[int, Field(ge=0, lt=2**31)] = 0
    first_seq: Annotated[int, Field(ge=0, lt=2**40)] = 0
    last_seq: Annotated[int, Field(ge=0, lt=2**40)] = 0
    numbered: Annotated[int, Field(ge=0, lt=2**53)] = 0

    @model_validator(mode="after")
    def runs_forward(self) -> Self:
        """A gap that has ended does so after it began."""
        if self.to_us is not None and self.to_us < self.from_us:
            raise ValueError(f"gap ends {self.from_us - self.to_us} us before it begins")
        return self


def covered(numbers: tuple[int, int], ranges: Iterable[tuple[int, int]]) -> bool:
    """True when every one of the numbers (first to last) lies in one of the ranges."""
    first, last = numbers
    for start, end in sorted(ranges):
        if start > first:
            break
        first = max(first, end + 1)
    return first > last
