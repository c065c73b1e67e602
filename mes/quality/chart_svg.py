"""A control chart → where lines, points and words of its drawing stand, in per cent of its box. Pure.

The drawing has no coordinates of its own: words and dots keep their size on every screen, and only the curves, which
stand in a box that is stretched, follow its shape. A point that is not known ends the curve before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from mes.quality.models_chart import ChartAnswer, PointAnswer

LEFT, RIGHT = 2.0, 74.0
TOP, BOTTOM = 10.0, 90.0


@dataclass(frozen=True, slots=True)
class Dot:
    """A point: where, of what kind ('', 'bad' or 'missing'), which rules it broke, and what it says when asked."""

    x: float
    y: float
    kind: str
    mark: str
    at_us: int
    value: float | None


@dataclass(frozen=True, slots=True)
class Label:
    """A line's name and value beside it."""

    name: str
    value: float
    y: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """One chart: paths of limits, centre and points, the dots, and what stands beside the lines."""

    limits: tuple[str, ...]
    centre: str
    curve: str
    dots: tuple[Dot, ...]
    labels: tuple[Label, ...]


def points_drawing(chart: ChartAnswer) -> Drawing | None:
    """The points of a chart; None where none is known."""
    centre = None if chart.limits is None else chart.limits.centre
    rows = [(p.value, p.low, p.high) for p in chart.points]
    return _drawing(chart.points, rows, centre, [_mark(point.rules) for point in chart.points])


def spreads_drawing(chart: ChartAnswer) -> Drawing | None:
    """The ranges, standard deviations or moving ranges; None where there are none."""
    rows = [(p.spread, p.spread_low, p.spread_high) for p in chart.points]
    known = [p.spread for p in chart.points if p.spread is not None]
    marks = ["!" if "spread_beyond_limits" in point.rules else "" for point in chart.points]
    return _drawing(chart.points, rows, sum(known) / len(known) if known else None, marks)


def _drawing(
    points: Sequence[PointAnswer],
    rows: Sequence[tuple[float | None, float | None, float | None]],
    centre: float | None,
    marks: Sequence[str],
) -> Drawing | None:
    numbers = [number for row in rows for number in row if number is not None]
    if not any(value is not None for value, _, _ in rows):
        return None
    lowest, highest = min(numbers), max(numbers)
    wide = highest - lowest or abs(highest) or 1.0

    def y_of(number: float) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * (number - lowest) / wide, 2)

    step = (RIGHT - LEFT) / max(1, len(points) - 1)
    xs = [round(LEFT + step * n, 2) for n in range(len(points))]
    places = [None if value is None else y_of(value) for value, _, _ in rows]
    dots = tuple(
        Dot(
            x,
            BOTTOM if y is None else y,
            "missing" if y is None else "bad" if mark else "",
            "?" if y is None and not point.complete else mark,
            _us(point),
            row[0],
        )
        for x, y, mark, point, row in zip(xs, places, marks, points, rows, strict=True)
        if y is not None or not point.complete
    )
    lows = [None if low is None else y_of(low) for _, low, _ in rows]
    highs = [None if high is None else y_of(high) for _, _, high in rows]
    labels = [Label(name, number, y_of(number)) for name, number in _lines(rows, centre)]
    middle = "" if centre is None else f"M0 {y_of(centre)} L{RIGHT} {y_of(centre)}"
    return Drawing((_steps(xs, lows), _steps(xs, highs)), middle, _path(xs, places), dots, tuple(labels))


def _lines(
    rows: Sequence[tuple[float | None, float | None, float | None]], centre: float | None
) -> list[tuple[str, float]]:
    """The newest limits and the centre."""
    newest = next(((low, high) for _, low, high in reversed(rows) if low is not None and high is not None), None)
    limits = [] if newest is None else [("UCL", newest[1]), ("LCL", newest[0])]
    return limits + ([] if centre is None else [("CL", centre)])


def _path(xs: Sequence[float], ys: Sequence[float | None]) -> str:
    parts, pen = [], "M"
    for x, y in zip(xs, ys, strict=True):
        if y is None:
            pen = "M"
            continue
        parts.append(f"{pen}{x} {y}")
        pen = "L"
    return " ".join(parts)


def _steps(xs: Sequence[float], ys: Sequence[float | None]) -> str:
    """A limit: it holds from point to point, over missing ones too, and changes where a subgroup has another size."""
    parts: list[str] = []
    last: float | None = None
    for x, y in zip(xs, ys, strict=True):
        if y is None or y == last:
            continue
        parts.append(f"M0 {y}" if last is None else f"H{x} V{y}")
        last = y
    return " ".join([*parts, f"H{RIGHT}"]) if parts else ""


def _mark(rules: Sequence[str]) -> str:
    """The numbers of the rules: '1', '2·4'."""
    return "·".join(rule.rpartition("_")[2] if rule[-1].isdigit() else "1" for rule in rules if "spread" not in rule)


def _us(point: PointAnswer) -> int:
    return round(point.at.timestamp() * 1_000_000)
