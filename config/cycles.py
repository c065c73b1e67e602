"""'2s', or a list of what holds from which production day on → the ideal cycles of a machine or product. Pure."""

from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from config.durations import PositiveDuration


class DatedCycle(BaseModel):
    """Time for one part at best, from the start of a production day on; without a day it holds always."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: date | None = Field(None, alias="from")
    cycle: PositiveDuration


def _listed(written: Any) -> Any:
    """A single duration is a list of one."""
    return written if isinstance(written, list | tuple) else ({"cycle": written},)


def _ordered(cycles: tuple[DatedCycle, ...]) -> tuple[DatedCycle, ...]:
    """In the order of their days, each of which occurs once."""
    days = [cycle.since for cycle in cycles]
    if not days:
        raise ValueError("list at least one cycle, such as 2s or [{from: 2026-01-01, cycle: 2s}]")
    doubles = sorted(str(day or "always") for day in set(days) if days.count(day) > 1)
    if doubles:
        raise ValueError(f"'from' {doubles[0]} occurs twice: one cycle a day")
    return tuple(sorted(cycles, key=lambda cycle: cycle.since or date.min))


Cycles = Annotated[tuple[DatedCycle, ...], BeforeValidator(_listed), AfterValidator(_ordered)]


def newest(cycles: tuple[DatedCycle, ...]) -> timedelta:
    """The last one."""
    return cycles[-1].cycle
