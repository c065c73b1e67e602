"""Rules that call a point of a control chart a signal: Western Electric's four and Nelson's eight. Pure.

A rule looks at points in units of sigma from the centre line. A point that is not known is NaN: it is beyond nothing
and on no side, so it breaks every run. Rows are charts, so that thousands of them are judged at once.

Western Electric: Statistical Quality Control Handbook, 1956. Nelson: The Shewhart control chart - tests for special
causes, Journal of Quality Technology 16(4), 1984.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from config.rules.chart_rule_sets import RuleSet

Array = Any
# The longest look back of any rule, in points before the one that is judged.
LONGEST = 15


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule by its name; `signals` marks the points that complete its pattern, `length` is that of the pattern.

    `part_of` marks which points of the pattern broke the rule; None: all of them.
    """

    name: str
    length: int
    signals: Callable[[Array], Array]
    part_of: Callable[[Array, float], Array] | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """A rule that a chart broke: the point that completed the pattern, and all points that are part of it."""

    rule: str
    at: int
    points: tuple[int, ...]


def signals_of(z: Sequence[float], rules: RuleSet) -> list[Signal]:
    """Every signal of a chart in the order of its points; NaN stands for a point that is not known."""
    row = np.asarray([z], np.float64)
    found = []
    for rule in RULES[rules]:
        for at in np.flatnonzero(rule.signals(row)[0]).tolist():
            first = max(0, at - rule.length + 1)
            points = np.arange(first, at + 1)
            if rule.part_of is not None:
                points = points[rule.part_of(row[0, first : at + 1], float(row[0, at]))]
            found.append(Signal(rule.name, at, tuple(points.tolist())))
    return sorted(found, key=lambda signal: signal.at)


def any_signal(z: Array, rules: RuleSet) -> Array:
    """Whether any rule calls the point a signal, for each point of each row."""
    found = np.zeros(z.shape, np.bool_)
    for rule in RULES[rules]:
        found |= rule.signals(z)
    return found


def _count(marked: Array, length: int) -> Array:
    """How many of the last points, this one included, are marked."""
    sums = np.cumsum(marked, axis=1, dtype=np.int32)
    sums[:, length:] -= sums[:, :-length].copy()
    return sums


def _all(marked: Array, length: int) -> Array:
    return _count(marked, length) == length


def _beyond(sigmas: float) -> Callable[[Array], Array]:
    return lambda z: np.abs(z) > sigmas


def _of(least: int, length: int, sigmas: float) -> Callable[[Array], Array]:
    """So many of so many on one side beyond so many sigma; the last of them is this point."""

    def signals(z: Array) -> Array:
        above, below = z > sigmas, z < -sigmas
        return (above & (_count(above, length) >= least)) | (below & (_count(below, length) >= least))

    return signals


def _those_beyond(sigmas: float) -> Callable[[Array, float], Array]:
    return lambda z, last: (z > sigmas) if last > 0 else (z < -sigmas)


def _one_side(length: int) -> Callable[[Array], Array]:
    return lambda z: _all(z > 0, length) | _all(z < 0, length)


def _steps(z: Array) -> Array:
    """From the point before; NaN for the first one."""
    return np.diff(z, axis=1, prepend=np.nan)


def _trend(length: int) -> Callable[[Array], Array]:
    return lambda z: _all(_steps(z) > 0, length - 1) | _all(_steps(z) < 0, length - 1)


def _alternating(length: int) -> Callable[[Array], Array]:
    def signals(z: Array) -> Array:
        steps = _steps(z)
        turned = np.zeros(z.shape, np.bool_)
        turned[:, 1:] = steps[:, 1:] * steps[:, :-1] < 0
        return _all(turned, length - 2)

    return signals


def _within(length: int) -> Callable[[Array], Array]:
    return lambda z: _all(np.abs(z) < 1, length)


def _outside(length: int) -> Callable[[Array], Array]:
    return lambda z: _all(np.abs(z) > 1, length)


LIMITS = Rule("beyond_limits", 1, _beyond(3))
RULES: dict[RuleSet, tuple[Rule, ...]] = {
    RuleSet.LIMITS: (LIMITS,),
    RuleSet.WESTERN_ELECTRIC: (
        Rule("western_electric_1", 1, _beyond(3)),
        Rule("western_electric_2", 3, _of(2, 3, 2), _those_beyond(2)),
        Rule("western_electric_3", 5, _of(4, 5, 1), _those_beyond(1)),
        Rule("western_electric_4", 8, _one_side(8)),
    ),
    RuleSet.NELSON: (
        Rule("nelson_1", 1, _beyond(3)),
        Rule("nelson_2", 9, _one_side(9)),
        Rule("nelson_3", 6, _trend(6)),
        Rule("nelson_4", 14, _alternating(14)),
        Rule("nelson_5", 3, _of(2, 3, 2), _those_beyond(2)),
        Rule("nelson_6", 5, _of(4, 5, 1), _those_beyond(1)),
        Rule("nelson_7", 15, _within(15)),
        Rule("nelson_8", 8, _outside(8)),
    ),
}
