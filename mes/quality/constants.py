"""Control chart constants from their definitions. Pure.

d2 and d3 are mean and standard deviation of the range of n standard normal values, c4 the mean of their standard
deviation. They are integrated here, not copied: docs/quality.md says from which formulas, a test simulates them.
"""

import math
from functools import cache

import numpy as np

LARGEST_SUBGROUP = 25
# Beyond eight standard deviations lies less than 1e-15; at this step Simpson's rule is exact to nine digits.
REACH, STEP = 8.0, 0.02


@cache
def d2(n: int) -> float:
    """The mean range of n standard normal values."""
    return _range_moments(n)[0]


@cache
def d3(n: int) -> float:
    """The standard deviation of the range of n standard normal values."""
    mean, square = _range_moments(n)
    return math.sqrt(square - mean * mean)


@cache
def c4(n: int) -> float:
    """The mean standard deviation of n standard normal values."""
    _need_subgroup(n)
    return math.sqrt(2 / (n - 1)) * math.exp(math.lgamma(n / 2) - math.lgamma((n - 1) / 2))


@cache
def _range_moments(n: int) -> tuple[float, float]:
    """E[W] and E[W^2] of the range W: integrals of 1 - P(W <= w) and of 2 w (1 - P(W <= w)).

    P(W <= w) = n * integral of phi(x) (Phi(x + w) - Phi(x))^(n - 1) dx.
    """
    _need_subgroup(n)
    x = np.linspace(-REACH, REACH, round(2 * REACH / STEP) + 1)
    density = np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    below = np.array([0.5 * math.erfc(-one / math.sqrt(2)) for one in x])
    padded = np.concatenate([below, np.ones(len(x) - 1)])
    more = np.array(
        [1 - n * STEP * np.sum(density * (padded[k : k + len(x)] - below) ** (n - 1)) for k in range(len(x))]
    )
    w = np.arange(len(x)) * STEP
    return _simpson(more), _simpson(2 * w * more)


def _simpson(values: np.ndarray) -> float:
    return float(STEP / 3 * (values[0] + values[-1] + 4 * values[1:-1:2].sum() + 2 * values[2:-1:2].sum()))


def _need_subgroup(n: int) -> None:
    if not 2 <= n <= LARGEST_SUBGROUP:
        raise ValueError(f"a subgroup has 2 to {LARGEST_SUBGROUP} values, not {n}")
