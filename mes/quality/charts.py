"""Samples → points, centre and limits of a control chart. Pure.

A sample that is incomplete is marked and gives no point: nothing is guessed for it. Limits come from the samples of the
chart itself (phase 1), or were frozen from a reference span that somebody has named (phase 2).
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
class Sample:
    """What was measured at once: values, None for one that is missing; or so many nonconforming of so many."""

    at_us: int
    values: tuple[float | None, ...] = ()
    nonconforming: int | None = None
    of: int | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a process that does not change stays: the centre of the points, sigma of a single value, and from how much.

    Of attributes `centre` is the share of nonconforming or the mean count, and `sigma` follows from it.
    `missing`: samples of the span that were incomplete and so are not in it.
    """

    centre: float
    sigma: float
    samples: int
    missing: int


@dataclass(frozen=True, slots=True)
class Point:
    """A sample on the chart: its point and limits, and its spread (range, deviation, moving range) and limits.

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


def complete(sample: Sample, chart: Chart, size: int) -> bool:
    """Whether nothing of a sample is missing."""
    if chart in VARIABLE:
        return len(sample.values) == size and None not in sample.values
    return sample.nonconforming is not None and bool(sample.of)


def limits_of(samples: Sequence[Sample], chart: Chart, size: int) -> Limits | None:
    """The limits that samples give, or None where they give none: no two of them, or no spread at all."""
    whole = [sample for sample in samples if complete(sample, chart, size)]
    missing = len(samples) - len(whole)
    if chart in VARIABLE:
        if len(whole) < 2:
            return None
        centre, sigma = _of_values(samples, whole, chart, size)
    else:
        if not whole:
            return None
        centre, sigma = _of_counts(whole, chart)
    return Limits(centre, sigma, len(whole), missing) if sigma > 0 else None


def points_of(samples: Sequence[Sample], chart: Chart, size: int, limits: Limits | None) -> list[Point]:
    """The samples as points, in their order; without limits they are points only."""
    spreads = _moving_ranges(samples, size) if chart is Chart.I_MR else [_spread(s, chart, size) for s in samples]
    return [_point(sample, spread, chart, size, limits) for sample, spread in zip(samples, spreads, strict=True)]


def _of_values(samples: Sequence[Sample], whole: Sequence[Sample], chart: Chart, size: int) -> tuple[float, float]:
    """Centre and sigma of single values: mean spread over its constant."""
    centre = float(np.mean([value for sample in whole for value in sample.values if value is not None]))
    if chart is Chart.I_MR:
        ranges = [one for one in _moving_ranges(samples, size) if one is not None]
        return centre, float(np.mean(ranges)) / d2(2) if ranges else 0.0
    spreads = [one for sample in whole if (one := _spread(sample, chart, size)) is not None]
    return centre, float(np.mean(spreads)) / (d2(size) if chart is Chart.XBAR_R else c4(size))


def _of_counts(whole: Sequence[Sample], chart: Chart) -> tuple[float, float]:
    found = sum(sample.nonconforming or 0 for sample in whole)
    if chart is Chart.C:
        return found / len(whole), math.sqrt(found / len(whole))
    share = found / sum(sample.of or 0 for sample in whole)
    return share, math.sqrt(share * (1 - share))


def _spread(sample: Sample, chart: Chart, size: int) -> float | None:
    if chart not in (Chart.XBAR_R, Chart.XBAR_S) or not complete(sample, chart, size):
        return None
    values = np.array(sample.values, np.float64)
    return float(np.ptp(values)) if chart is Chart.XBAR_R else float(np.std(values, ddof=1))


def _moving_ranges(samples: Sequence[Sample], size: int) -> list[float | None]:
    """From the value before; None where either of both is missing."""
    found: list[float | None] = []
    before: float | None = None
    for sample in samples:
        value = sample.values[0] if complete(sample, Chart.I_MR, size) else None
        found.append(None if value is None or before is None else abs(value - before))
        before = value
    return found


def _point(sample: Sample, spread: float | None, chart: Chart, size: int, limits: Limits | None) -> Point:
    if not complete(sample, chart, size):
        return Point(sample.at_us, False, None, None, None, None)
    value = _value(sample, chart)
    if limits is None:
        return Point(sample.at_us, True, value, None, None, None, spread)
    wide = limits.sigma / math.sqrt(_measured(sample, chart, size))
    low, high = limits.centre - 3 * wide, limits.centre + 3 * wide
    if chart not in VARIABLE:
        low, high = max(low, 0.0), min(high, 1.0) if chart is Chart.P else high
    z = (value - limits.centre) / wide
    spread_low, spread_high = (None, None) if spread is None else spread_limits(chart, size, limits)
    return Point(sample.at_us, True, value, low, high, z, spread, spread_low, spread_high)


def spread_limits(chart: Chart, size: int, limits: Limits) -> tuple[float, float]:
    """Lower and upper limit of the range, the standard deviation or the moving range."""
    if chart is Chart.XBAR_S:
        centre, wide = c4(size), math.sqrt(1 - c4(size) ** 2)
    else:
        n = 2 if chart is Chart.I_MR else size
        centre, wide = d2(n), d3(n)
    return max(0.0, centre - 3 * wide) * limits.sigma, (centre + 3 * wide) * limits.sigma


def _value(sample: Sample, chart: Chart) -> float:
    if chart in VARIABLE:
        return float(np.mean([value for value in sample.values if value is not None]))
    found = float(sample.nonconforming or 0)
    return found / (sample.of or 1) if chart is Chart.P else found


def _measured(sample: Sample, chart: Chart, size: int) -> int:
    """How many values make a point."""
    if chart in (Chart.XBAR_R, Chart.XBAR_S):
        return size
    return sample.of or 1 if chart is Chart.P else 1
