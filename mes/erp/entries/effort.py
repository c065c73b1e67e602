"""Entries of tablets → what they have cost the people at a machine in a shift. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from config.shifts import ShiftSpan

# What a shift at a machine may cost an operator.
AIM_MS = 120_000


@dataclass(slots=True)
class Effort:
    """Entries, touches and milliseconds of a machine in a shift; `kinds`: how many entries of each kind."""

    machine: str
    entries: int = 0
    touches: int = 0
    took_ms: int = 0
    kinds: dict[str, int] = field(default_factory=dict)

    @property
    def too_much(self) -> bool:
        """Whether it took longer than it should."""
        return self.took_ms > AIM_MS


@dataclass(frozen=True, slots=True)
class ShiftEffort:
    """A shift, and what it has cost at each machine at which anything was entered; the most first."""

    shift: ShiftSpan
    machines: list[Effort]


def efforts_of(shifts: Sequence[ShiftSpan], entries: Iterable[tuple[Any, ...]]) -> list[ShiftEffort]:
    """By shift; entries are (at, machine, kind, touches, milliseconds). What lies in no shift is left out."""
    found: dict[int, dict[str, Effort]] = {n: {} for n in range(len(shifts))}
    for at_us, machine, kind, touches, took_ms in entries:
        place = next((n for n, span in enumerate(shifts) if span.starts_us <= at_us < span.ends_us), None)
        if place is None:
            continue
        one = found[place].setdefault(machine, Effort(machine))
        one.entries += 1
        one.touches += touches
        one.took_ms += took_ms
        one.kinds[kind] = one.kinds.get(kind, 0) + 1
    return [ShiftEffort(span, sorted(found[n].values(), key=lambda one: -one.took_ms)) for n, span in enumerate(shifts)]
