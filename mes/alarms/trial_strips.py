"""What a trial has found → a strip for each machine, drawn in per cent of the span. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LEAST = 0.3


@dataclass(frozen=True, slots=True)
class Strip:
    """Of one machine, line or bit: where an alarm would have been active, and how often."""

    subject: str
    boxes: tuple[tuple[float, float], ...]
    times: int


def strips_of(times: Sequence[Mapping[str, Any]], begin_us: int, end_us: int) -> list[Strip]:
    """The one that would have called most often first."""
    found: dict[str, list[tuple[float, float]]] = {}
    whole = max(1, end_us - begin_us)
    for one in times:
        last = end_us if one["end_us"] is None else one["end_us"]
        x = 100 * (one["begin_us"] - begin_us) / whole
        width = max(LEAST, 100 * (last - one["begin_us"]) / whole)
        found.setdefault(one["subject"], []).append(
            (round(min(x, 100 - LEAST), 2), round(min(width, 100 - x + LEAST), 2))
        )
    strips = [Strip(subject, tuple(boxes), len(boxes)) for subject, boxes in found.items()]
    return sorted(strips, key=lambda strip: (-strip.times, strip.subject))
