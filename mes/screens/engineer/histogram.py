"""Bins of cycle times → bars in per cent of their box. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from mes.losses.models_cycles import BinAnswer


@dataclass(frozen=True, slots=True)
class Bar:
    """A bin: what it holds, where it stands and how high."""

    label: str
    pace: str
    parts: int
    us: int
    x: float
    width: float
    height: float


def bars(bins: Sequence[BinAnswer]) -> list[Bar]:
    """A bar for each bin, the highest with most parts."""
    most = max((one.parts for one in bins), default=0)
    width = 100 / max(1, len(bins))
    return [
        Bar(
            label=f"{one.from_ratio * 100:.0f}" + ("+" if one.to_ratio is None else ""),
            pace=one.pace.value,
            parts=one.parts,
            us=one.us,
            x=round(width * n + width * 0.08, 3),
            width=round(width * 0.84, 3),
            height=round(86 * one.parts / most, 2) if most else 0.0,
        )
        for n, one in enumerate(bins)
    ]
