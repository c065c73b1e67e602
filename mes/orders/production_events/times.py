"""Runs of an operation and what people say of their work → setup, run and labour, each with its span. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

# Labour is told for a shift at a time: a span that is longer has a wrong date in it.
LONGEST_LABOUR_US = 24 * 3_600_000_000


class EventKind(StrEnum):
    """What time was spent on."""

    SETUP = "setup"
    RUN = "run"
    LABOUR = "labour"


@dataclass(frozen=True, slots=True)
class MachineRun:
    """A span in which parts counted for an operation, with the first part that may have been made; open: end None."""

    start_us: int
    end_us: int | None
    first_us: int | None


Timed = tuple[EventKind, int, int | None]


def events_of(run: MachineRun) -> list[Timed]:
    """Setup up to the first part that may have been made, machine time after it; without a part it is all setup."""
    if run.first_us is None:
        return [(EventKind.SETUP, run.start_us, run.end_us)]
    found: list[Timed] = [(EventKind.SETUP, run.start_us, run.first_us), (EventKind.RUN, run.first_us, run.end_us)]
    return [one for one in found if one[1] != one[2]]


def spent_us(events: Iterable[Timed], kind: EventKind, until_us: int) -> int:
    """How much time of a kind was spent until an instant."""
    return sum(
        max(0, (until_us if end is None else min(end, until_us)) - start) for one, start, end in events if one is kind
    )
