"""Machine-weeks of tags with known faults, as the simulator's processes move them, one cell a minute. Pure.

Hot days and cool nights, two products with a load of their own, stops of all lengths after which the machine is
colder, a temperature that follows the load, currents with noise, a pressure that wanders, cycle times.
Only running time is given, as the detector sees it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
MINUTE_US = 60_000_000
WEEK = 7 * 24 * 60
TAGS = ("temperature", "current", "pressure", "vibration", "cycle_time")
LEAST = (0.1, 0.01, 0.01, 0.01, 0.01)
KINDS = {
    # name: (minutes it lasts, (tag, how much at its full size, in shares of the tag's usual value)...)
    "cooling lost": (60, ((0, 0.6),)),
    "cooling weaker": (24 * 60, ((0, 0.15),)),
    "jammed bearing": (45, ((1, 0.6), (3, 0.5))),
    "worn bearing": (24 * 60, ((3, 0.5), (1, 0.05))),
    "air leak": (8 * 60, ((2, -0.08),)),
    "slow cycle": (12 * 60, ((4, 0.15),)),
    "stuck sensor": (8 * 60, ()),
    "load not followed": (4 * 60, ()),
}
GROWS = {"cooling weaker", "worn bearing", "slow cycle"}


@dataclass(frozen=True, slots=True)
class Fault:
    """What befell the machine, in minutes since the beginning."""

    kind: str
    begins: int
    ends: int


@dataclass(frozen=True, slots=True)
class History:
    """Running minutes of one machine: when, what was read, which product; and what was wrong."""

    minutes: NDArray[np.int64]
    values: Floats
    products: list[str]
    faults: list[Fault]


def history(seed: int, weeks: int, first_fault: int, faults_a_week: int) -> History:
    """One machine; from week `first_fault` on it has faults, at times that do not meet."""
    rng = np.random.default_rng(seed)
    count = weeks * WEEK
    running, lengths = _running(rng, count)
    product = (np.arange(count) // int(rng.uniform(300, 900))) % 2
    load = np.where(product == 0, 1.0, rng.uniform(0.8, 0.95)) + _wander(rng, count, 0.02, 15)
    faults = list(_faults(rng, weeks, first_fault, faults_a_week))
    current_load = load.copy()
    for fault in faults:
        if fault.kind == "load not followed":
            current_load[fault.begins : fault.ends] = load[fault.begins : fault.ends][::-1]
    hot = rng.uniform(44, 58)
    ambient = 22 + 3 * np.sin(2 * np.pi * (np.arange(count) / 1440 - 0.4)) + _wander(rng, count, 1.0, 2000)
    warmth = _lag(ambient + (hot - 22) * (0.3 + 0.7 * load * running), 5.0)
    values = np.stack(
        (
            warmth + _wander(rng, count, 0.5, 30) + rng.normal(0, 0.1, count),
            rng.uniform(11, 19) * current_load * rng.normal(1, 0.01, count),
            6.0 + _wander(rng, count, 0.08, 15) + rng.normal(0, 0.02, count),
            2.0 * load + rng.gamma(4.0, 0.05, count) + _wander(rng, count, 0.05, 60),
            rng.uniform(2, 20) / load * rng.normal(1, 0.02, count),
        ),
        axis=1,
    )
    for fault in faults:
        _befall(values, fault)
    seen = (running > 0) & (lengths > 1)
    return History(np.flatnonzero(seen), values[seen], [f"p{k}" for k in product[seen]], faults)


def _running(rng: np.random.Generator, count: int) -> tuple[Floats, NDArray[np.int64]]:
    """1 where the machine ran, and how long the present stretch is."""
    running = np.ones(count)
    for every, shortest, longest in ((40, 1, 3), (400, 5, 30), (2400, 60, 480)):
        for start in np.flatnonzero(rng.random(count) < 1 / every):
            running[start : start + int(rng.uniform(shortest, longest))] = 0
    begins = np.concatenate(([0], np.flatnonzero(np.diff(running)) + 1))
    lengths = np.diff(np.concatenate((begins, [count])))
    return running, np.repeat(lengths, lengths)


def _faults(rng: np.random.Generator, weeks: int, first: int, a_week: int) -> Iterator[Fault]:
    kinds = list(KINDS)
    for week in range(first, weeks):
        for place in range(a_week):
            kind = kinds[int(rng.integers(len(kinds)))]
            begins = week * WEEK + place * (WEEK // a_week) + int(rng.uniform(0, WEEK // a_week - 30 * 60))
            yield Fault(kind, begins, begins + KINDS[kind][0])


def _befall(values: Floats, fault: Fault) -> None:
    span = slice(fault.begins, fault.ends)
    size = values[span].shape[0]
    if fault.kind == "stuck sensor":
        values[span, 0] = values[fault.begins, 0]
    for tag, share in KINDS[fault.kind][1]:
        usual = float(np.median(values[:WEEK, tag]))
        grown = np.linspace(0, 1, size) if fault.kind in GROWS else 1 - np.exp(-np.arange(size) / 5)
        values[span, tag] += share * usual * grown


def _wander(rng: np.random.Generator, count: int, spread: float, memory: float) -> Floats:
    """A slow drift around 0 with this standard deviation."""
    return _lag(rng.normal(0, spread * np.sqrt(2 * memory), count), memory)


def _lag(course: Floats, memory: float) -> Floats:
    """Follows a course with this time constant."""
    share, found, now = 1 - np.exp(-1 / memory), np.empty(len(course)), float(course[0])
    for at, value in enumerate(course.tolist()):
        now += share * (value - now)
        found[at] = now
    return found
