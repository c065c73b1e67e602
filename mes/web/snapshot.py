"""What was known when: everything up to an instant, and nothing later. Pure."""

from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Query

from config.calendar import Calendar
from config.shifts import final_at
from contract.sample import from_us
from mes.facts.model import TOLD_AHEAD_US
from mes.web.bounds import Instant

AsOf = Annotated[
    Instant | None,
    Query(
        description="Answer with what was known at this instant; left out: now. `as_of` of an answer, sent back with "
        "its window, gives the same answer again, whatever has become known since.",
        examples=["2026-01-31T15:00:00Z"],
    ),
]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything known up to an instant and nothing later; `past` when later knowledge may have changed it."""

    at_us: int
    past: bool
    now_us: int
    result_key: bytes = field(repr=False)

    @property
    def as_of_us(self) -> int | None:
        """For readers: None reads what is known now."""
        return self.at_us if self.past else None

    @property
    def told_us(self) -> int:
        """What lies later than this is told to nobody: it is only expected, and may be taken back without a trace."""
        return self.at_us + TOLD_AHEAD_US

    @property
    def end_us(self) -> int:
        """Where windows are cut."""
        return min(self.now_us, self.told_us)


def finality(calendar: Calendar, to_us: int, snapshot: Snapshot) -> dict[str, Any]:
    """Whether an answer that was asked up to `to_us` may still change without a restatement, and until when."""
    final_us = final_at(calendar, to_us)
    return {"provisional": snapshot.at_us < final_us, "final_at": from_us(final_us)}
