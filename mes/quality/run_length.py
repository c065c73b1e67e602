"""How often a chart calls a process that has not changed: its run length, by the autocorrelation of its points. Pure.

Limits and rules are made for points that know nothing of each other. Points of a tag that is read every minute do: the
same rules then give many more signals, or fewer. So the chart is simulated with the autocorrelation that was measured,
as AR(1), under the same rules, and the mean number of points up to a false signal is told beside it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from statistics import NormalDist
from typing import Any

import numpy as np

from config.rules.chart_rule_sets import RuleSet
from config.rules.chart_rules import LONGEST, any_signal
from mes.quality.charts import VARIABLE, Chart, Limits, spread_limits
from mes.quality.constants import d2, d3

Array = Any
SEED = 1931
CHARTS = 4000
BLOCK = 256
SPREADS = 400_000
MOST_POINTS = 20_480
# Fewer pairs of neighbours tell nothing about how they hang together.
LEAST_PAIRS = 20
# Measured values are rounded before they are simulated, so that a chart which is looked at again costs nothing.
DIGITS = 2
STRONGEST = 0.95
# From so many parts of a subgroup, or so many defects, on a count is as good as normal.
NORMAL_FROM = 10_000


@dataclass(frozen=True, slots=True)
class Autocorrelation:
    """Of neighbouring points, corrected for the bias of short series, with the bounds of 95 %."""

    value: float
    low: float
    high: float
    pairs: int


@dataclass(frozen=True, slots=True)
class RunLength:
    """The mean number of points up to a false signal and its standard error; None where none came in all charts."""

    mean: float | None
    standard_error: float | None
    charts: int = CHARTS
    seed: int = SEED


def autocorrelation_of(points: Sequence[float]) -> Autocorrelation | None:
    """At lag 1 of a chart's points, NaN for one that is not known; None where too little is known.

    The estimate r of n points is too small by (1 + 4 r) / n on average (Kendall 1954, Marriott and Pope 1954).
    """
    values = np.asarray(points, np.float64)
    known = np.isfinite(values)
    pair = known[1:] & known[:-1]
    pairs = int(pair.sum())
    if pairs < LEAST_PAIRS:
        return None
    off = values - values[known].mean()
    variance = float(np.mean(off[known] ** 2))
    if variance <= 0:
        return None
    n = int(known.sum())
    raw = float(np.sum(off[1:][pair] * off[:-1][pair])) / pairs / variance
    value = _bounded((n * raw + 1) / (n - 4))
    wide = 1.96 * math.sqrt((1 - value * value) / pairs)
    return Autocorrelation(value, _bounded(value - wide), _bounded(value + wide), pairs)


def run_length(chart: Chart, rules: RuleSet, autocorrelation: float, mean: float = 0.0, size: int = 1) -> RunLength:
    """Of an unchanged process under these rules, signals of its spread among them.

    `size` is that of the subgroups; of means with size 1 the points alone are judged. A p chart needs its share `mean`
    of nonconforming, a c chart its mean count. Limits of individuals are taken to come from moving ranges, which
    autocorrelation makes too small or too large.
    """
    rounded = round(_bounded(autocorrelation), DIGITS)
    return _simulated(chart, rules, rounded, 0.0 if chart in VARIABLE else float(f"{mean:.3g}"), size)


@lru_cache(maxsize=512)
def _simulated(chart: Chart, rules: RuleSet, phi: float, mean: float, size: int) -> RunLength:
    dice = np.random.default_rng(SEED)
    shown = _shown(chart, phi, mean, size)
    state = dice.standard_normal(CHARTS)
    before = np.full((CHARTS, LONGEST), np.nan)
    points, signals = 0, 0
    for _ in range(0, MOST_POINTS, BLOCK):
        noise = dice.standard_normal((BLOCK, len(state))) * math.sqrt(1 - phi * phi)
        block = np.empty((len(state), BLOCK))
        for n in range(BLOCK):
            state = phi * state + noise[n]
            block[:, n] = state
        rows = np.concatenate([before, shown(block)], axis=1)
        signal = any_signal(rows, rules)[:, LONGEST:] | _spread_signal(chart, size, rows, dice)
        came = signal.any(axis=1)
        signals += int(came.sum())
        points += int((np.argmax(signal, axis=1)[came] + 1).sum()) + BLOCK * int((~came).sum())
        before, state = rows[~came, -LONGEST:], state[~came]
        if came.all() or not len(state):
            break
    if not signals:
        return RunLength(None, None)
    return RunLength(points / signals, points / signals / math.sqrt(signals))


def _spread_signal(chart: Chart, size: int, rows: Array, dice: np.random.Generator) -> Array:
    """Where the spread lies beyond its limits: the moving range of these points, or by chance that of a subgroup."""
    if chart is Chart.I_MR:
        return np.abs(np.diff(rows, axis=1))[:, LONGEST - 1 :] > d2(2) + 3 * d3(2)
    chance = _spread_chance(chart, size) if chart in (Chart.XBAR_R, Chart.XBAR_S) and size > 1 else 0.0
    return dice.random((len(rows), BLOCK)) < chance


@cache
def _spread_chance(chart: Chart, size: int) -> float:
    """How likely the range or standard deviation of a subgroup lies beyond its limits; means know nothing of it."""
    values = np.random.default_rng(SEED).standard_normal((SPREADS, size))
    spreads = np.ptp(values, axis=1) if chart is Chart.XBAR_R else np.std(values, axis=1, ddof=1)
    low, high = spread_limits(chart, size, Limits(0.0, 1.0, 0, 0))
    return float(np.mean((spreads < low) | (spreads > high)))


def _shown(chart: Chart, phi: float, mean: float, size: int) -> Callable[[Array], Array]:
    """Standard normal points → what the chart shows of them, in sigma of its limits.

    The mean moving range of AR(1) is that of independent values times sqrt(1 - phi), and so are its limits.
    """
    if (chart is Chart.P and size < NORMAL_FROM) or (chart is Chart.C and mean < NORMAL_FROM):
        return _counts(mean, size if chart is Chart.P else None)
    wide = 1 / math.sqrt(1 - phi) if chart is Chart.I_MR else 1.0
    return lambda normal: normal * wide


def _counts(mean: float, size: int | None) -> Callable[[Array], Array]:
    """Counts with a binomial (of so many) or a Poisson distribution that are as large as a normal value is."""
    centre = mean * size if size is not None else mean
    spread = math.sqrt(centre * (1 - mean)) if size is not None else math.sqrt(centre)
    most = math.ceil(centre + 12 * spread + 12) if size is None else size
    count = np.arange(most + 1)
    chance = np.exp([_log_chance(int(k), mean, size) for k in count])
    below = np.clip(np.cumsum(chance)[:-1], 1e-300, 1 - 1e-16)
    edges = np.array([NormalDist().inv_cdf(float(one)) for one in below])
    return lambda normal: (np.searchsorted(edges, normal) - centre) / spread


def _log_chance(k: int, mean: float, size: int | None) -> float:
    if size is None:
        return k * math.log(mean) - mean - math.lgamma(k + 1)
    ways = math.lgamma(size + 1) - math.lgamma(k + 1) - math.lgamma(size - k + 1)
    return ways + k * math.log(mean) + (size - k) * math.log1p(-mean)


def _bounded(value: float) -> float:
    return max(-STRONGEST, min(STRONGEST, value))
