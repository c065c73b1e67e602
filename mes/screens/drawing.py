"""A curve with its limits and gaps → where lines and words of its drawing stand, in per cent of its box. Pure.

Words keep their size on every screen; only the curve, which stands in a box that is stretched, follows its shape.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from mes.facts.model import Span

TOP, BOTTOM = 8.0, 96.0
MOST_POINTS = 2000


@dataclass(frozen=True, slots=True)
class Limit:
    """A line across: its value, whether it is an upper one, and how high it stands."""

    value: float
    high: bool
    y: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """One curve: its path, what is not known of it, its limits, and the values at its lower and upper edge."""

    path: str
    gaps: tuple[tuple[float, float], ...]
    limits: tuple[Limit, ...]
    least: float | None
    greatest: float | None


def drawing(
    xs: Sequence[float],
    ys: Sequence[float | None],
    gaps: Sequence[tuple[float, float]],
    limits: Sequence[tuple[float, bool]],
    window: Span,
) -> Drawing:
    """Seconds and values, None where the line breaks; gaps in seconds; limits with True for an upper one."""
    begin, end = window[0] / 1e6, window[1] / 1e6
    known = [y for y in ys if y is not None]
    every = [*known, *(value for value, _ in limits)]
    lowest, highest = (min(every), max(every)) if every else (0.0, 1.0)
    wide = highest - lowest or abs(highest) or 1.0

    def x_of(at: float) -> float:
        return round((min(max(at, begin), end) - begin) * 100 / (end - begin), 2)

    def y_of(value: float) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * (value - lowest) / wide, 2)

    parts, pen = [], "M"
    for at, value in zip(xs, ys, strict=True):
        if value is None:
            pen = "M"
            continue
        parts.append(f"{pen}{x_of(at)} {y_of(value)}")
        pen = "L"
    boxes = tuple((x_of(a), round(x_of(b) - x_of(a), 2)) for a, b in gaps if b > begin and a < end)
    lines = tuple(Limit(value, high, y_of(value)) for value, high in limits)
    return Drawing(" ".join(parts), boxes, lines, lowest if every else None, highest if every else None)
