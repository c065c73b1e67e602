"""Subgroups → points, centre and limits of a control chart. Pure.

A subgroup that is incomplete is marked and gives no point: nothing is guessed for it. Limits come from the subgroups of
the chart itself (phase 1), or were frozen from a reference span that somebody has named (phase 2).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from mes.quality.constants import c4, d2, d3

NAN = float("nan")


class Chart(StrEnum):
    """The kinds of control charts."""

    XBAR_R = "xbar_r"
    XBAR_S = "xbar_s"
    I_MR = "i_mr"
    P = "p"
    C = "c"


VARIABLE = (Chart.XBAR_R, Chart.XBAR_S, Chart.I_MR)


@dataclass(frozen=True, slots=True)
class Subgroup:
    """What was measured at once: values, None for one that is missing; or so many nonconforming of so many."""

    at_us: int
    values: tuple[float | None, ...] = ()
    nonconforming: int | None = None
    of: int | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a process that does not change stays: the centre of the points, sigma of a single value, and from how much.

    Of attributes `centre` is the share of nonconforming or the mean count, and `sigma` follows from it.
    `missing`: subgroups of the span that were incomplete and so are not in it.
    """

    centre: float
    sigma: float
    subgroups: int
    missing: int


@dataclass(frozen=True, slots=True)
class Point:
    """A subgroup on the chart: its point and limits, and its spread (range, deviation, moving range) and limits.

    What is not known is None; `z` is the distance of the point from the centre in sigma of the point.
    """

    at_us: int
    complete: bool
    value: float | None
    low: float | None
    high: float | None
    z: float | None
    spread: float | None = None
    spread_low: float | None = None
    spread_high: float | None = None

    @property
    def spread_signal(self) -> bool:
        """Whether the spread lies beyond its limits."""
        if self.spread is None or self.spread_low is None or self.spread_high is None:
            return False
        return not self.spread_low <= self.spread <= self.spread_high


def complete(subgroup: Subgroup, chart: Chart, size: int) -> bool:
    """Whether nothing of a subgroup is missing."""
    if chart in VARIABLE:
        return len(subgroup.values) == size and None not in subgroup.values
    return subgroup.nonconforming is not None and bool(subgroup.of)


def limits_of(subgroups: Sequence[Subgroup], chart: Chart, size: int) -> Limits | None:
    """The limits that subgroups give, or None where they give none: no two of them, or no spread at all."""
    whole = [subgroup for subgroup in subgroups if complete(subgroup, chart, size)]
    missing = len(subgroups) - len(whole)
    if chart in VARIABLE:
        if len(whole) < 2:
            return None
        centre, sigma = _of_values(subgroups, whole, chart, size)
    else:
        if not whole:
            return None
        centre, sigma = _of_counts(whole, chart)
    return Limits(centre, sigma, len(whole), missing) if sigma > 0 else None


def points_of(subgroups: Sequence[Subgroup], chart: Chart, size: int, limits: Limits | None) -> list[Point]:
    """The subgroups as points, in their order; without limits they are points only."""
    spreads = _moving_ranges(subgroups, size) if chart is Chart.I_MR else [_spread(s, chart, size) for s in subgroups]
    return [_point(subgroup, spread, chart, size, limits) for subgroup, spread in zip(subgroups, spreads, strict=True)]


def _of_values(
    subgroups: Sequence[Subgroup], whole: Sequence[Subgroup], chart: Chart, size: int
) -> tuple[float, float]:
    """Centre and sigma of single values: mean spread over its constant."""
    centre = float(np.mean([value for subgroup in whole for value in subgroup.values if value is not None]))
    if chart is Chart.I_MR:
        ranges = [one for one in _moving_ranges(subgroups, size) if one is not None]
        return centre, float(np.mean(ranges)) / d2(2) if ranges else 0.0
    spreads = [one for subgroup in whole if (one := _spread(subgroup, chart, size)) is not None]
    return centre, float(np.mean(spreads)) / (d2(size) if chart is Chart.XBAR_R else c4(size))


def _of_counts(whole: Sequence[Subgroup], chart: Chart) -> tuple[float, float]:
    found = sum(subgroup.nonconforming or 0 for subgroup in whole)
    if chart is Chart.C:
        return found / len(whole), math.sqrt(found / len(whole))
    share = found / sum(subgroup.of or 0 for subgroup in whole)
    return share, math.sqrt(share * (1 - share))


def _spread(subgroup: Subgroup, chart: Chart, size: int) -> float | None:
    if chart not in (Chart.XBAR_R, Chart.XBAR_S) or not complete(subgroup, chart, size):
        return None
    values = np.array(subgroup.values, np.float64)
    return float(np.ptp(values)) if chart is Chart.XBAR_R else float(np.std(values, ddof=1))


def _moving_ranges(subgroups: Sequence[Subgroup], size: int) -> list[float | None]:
    """From the value before; None where either of both is missing."""
    found: list[float | None] = []
    before: float | None = None
    for subgroup in subgroups:
        value = subgroup.values[0] if complete(subgroup, Chart.I_MR, size) else None
        found.append(None if value is None or before is None else abs(value - before))
        before = value
    return found


def _point(subgroup: Subgroup, spread: float | None, chart: Chart, size: int, limits: Limits | None) -> Point:
    if not complete(subgroup, chart, size):
        return Point(subgroup.at_us, False, None, None, None, None)
    value = _value(subgroup, chart)
    if limits is None:
        return Point(subgroup.at_us, True, value, None, None, None, spread)
    wide = limits.sigma / math.sqrt(_measured(subgroup, chart, size))
    low, high = limits.centre - 3 * wide, limits.centre + 3 * wide
    if chart not in VARIABLE:
        low, high = max(low, 0.0), min(high, 1.0) if chart is Chart.P else high
    z = (value - limits.centre) / wide
    spread_low, spread_high = (None, None) if spread is None else spread_limits(chart, size, limits)
    return Point(subgroup.at_us, True, value, low, high, z, spread, spread_low, spread_high)


def spread_limits(chart: Chart, size: int, limits: Limits) -> tuple[float, float]:
    """Lower and upper limit of the range, the standard deviation or the moving range."""
    if chart is Chart.XBAR_S:
        centre, wide = c4(size), math.sqrt(1 - c4(size) ** 2)
    else:
        n = 2 if chart is Chart.I_MR else size
        centre, wide = d2(n), d3(n)
    return max(0.0, centre - 3 * wide) * limits.sigma, (centre + 3 * wide) * limits.sigma


def _value(subgroup: Subgroup, chart: Chart) -> float:
    if chart in VARIABLE:
        return float(np.mean([value for value in subgroup.values if value is not None]))
    found = float(subgroup.nonconforming or 0)
    return found / (subgroup.of or 1) if chart is Chart.P else found


def _measured(subgroup: Subgroup, chart: Chart, size: int) -> int:
    """How many values make a point."""
    if chart in (Chart.XBAR_R, Chart.XBAR_S):
        return size
    return subgroup.of or 1 if chart is Chart.P else 1
