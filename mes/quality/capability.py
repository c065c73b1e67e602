"""Cp, Cpk, Pp and Ppk, none without the number of values and the interval in which it lies. Pure.

Cp and Cpk take the spread within subgroups, Pp and Ppk that of all values. The interval of Cpk and Ppk is Bissell's
(How reliable is your capability index?, Applied Statistics 39(3), 1990), that of Cp and Pp follows from chi-squared.
Both hold for normal, independent values; a sigma from ranges has fewer degrees of freedom than one from all values.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from mes.quality.charts import VARIABLE, Chart, Limits, Subgroup, complete
from mes.quality.constants import c4, d2, d3

CONFIDENCE = 0.95
# Of fewer values every index is chance.
LEAST_VALUES = 10


@dataclass(frozen=True, slots=True)
class Index:
    """A capability index with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Capability:
    """Indices of n values; cp and pp are None for one limit only, all are None where a spread is not known."""

    n: int
    cp: Index | None
    cpk: Index | None
    pp: Index | None
    ppk: Index | None
    confidence: float = CONFIDENCE


def capability_of(
    subgroups: Sequence[Subgroup], chart: Chart, size: int, within: Limits | None, lsl: float | None, usl: float | None
) -> Capability | None:
    """Of the complete subgroups; None for attributes, without limits of specification, or of too few values.

    `within` are the limits that these subgroups give themselves.
    """
    if chart not in VARIABLE or (lsl is None and usl is None):
        return None
    whole = [subgroup for subgroup in subgroups if complete(subgroup, chart, size)]
    values = np.array([value for subgroup in whole for value in subgroup.values], np.float64)
    n = len(values)
    if n < LEAST_VALUES:
        return None
    mean, overall = float(np.mean(values)), float(np.std(values, ddof=1))
    cp = cpk = pp = ppk = None
    if within is not None:
        freedom = freedom_within(chart, size, len(whole))
        cp, cpk = _both(mean, within.sigma, n, freedom, lsl, usl)
    if overall > 0:
        pp, ppk = _both(mean, overall, n, n - 1, lsl, usl)
    return Capability(n, cp, cpk, pp, ppk)


def freedom_within(chart: Chart, size: int, subgroups: int) -> float:
    """The degrees of freedom that a sigma from so many spreads is worth: 1 / (2 cv^2) of its coefficient of variation.

    The variance of the mean moving range is that of Cryer and Ryan (1990): neighbours share a value.
    """
    if chart is Chart.I_MR:
        return 0.5 * (subgroups - 1) ** 2 / (0.8264 * subgroups - 1.082)
    cv = d3(size) / d2(size) if chart is Chart.XBAR_R else math.sqrt(1 - c4(size) ** 2) / c4(size)
    return 0.5 * subgroups / cv**2


def _both(
    mean: float, sigma: float, n: int, freedom: float, lsl: float | None, usl: float | None
) -> tuple[Index | None, Index]:
    z = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)
    distances = [distance for distance in (_above(mean, lsl), _below(mean, usl)) if distance is not None]
    nearest = min(distances) / (3 * sigma)
    wide = z * math.sqrt(1 / (9 * n) + nearest**2 / (2 * freedom))
    centred = Index(nearest, nearest - wide, nearest + wide)
    if lsl is None or usl is None:
        return None, centred
    spread = (usl - lsl) / (6 * sigma)
    low, high = (
        math.sqrt(_chi_squared(chance, freedom) / freedom) for chance in (0.5 - CONFIDENCE / 2, 0.5 + CONFIDENCE / 2)
    )
    return Index(spread, spread * low, spread * high), centred


def _chi_squared(chance: float, freedom: float) -> float:
    """The quantile by Wilson and Hilferty (1931): of 10 and more degrees of freedom right to half a per cent."""
    part = 2 / (9 * freedom)
    root: float = 1 - part + NormalDist().inv_cdf(chance) * math.sqrt(part)
    return freedom * max(0.0, root) ** 3


def _above(mean: float, lsl: float | None) -> float | None:
    return None if lsl is None else mean - lsl


def _below(mean: float, usl: float | None) -> float | None:
    return None if usl is None else usl - mean
