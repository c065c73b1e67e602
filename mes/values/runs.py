"""Samples of a state, a code or a text → runs: from when to when it was the same. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from contract.sample import Quality
from mes.values.spans import BAD, Samples


@dataclass(frozen=True, slots=True)
class Run:
    """The same value, None for BAD, in the same quality; `to_us` is as long as the last sample of it holds."""

    from_us: int
    to_us: int
    value: float | None
    quality: Quality


def runs_of(samples: Samples, holds_us: int, most: int) -> list[Run]:
    """The first so many runs; a span without samples ends one, what comes after it is another."""
    if not samples.at.size:
        return []
    at, value, quality = samples.at, np.where(samples.quality == BAD, 0.0, samples.value), samples.quality
    other = (value[1:] != value[:-1]) | (quality[1:] != quality[:-1]) | (at[1:] - at[:-1] > holds_us)
    first = np.append(0, np.flatnonzero(other) + 1)
    last = np.append(first[1:] - 1, at.size - 1)
    following = np.append(at[first[1:]], np.iinfo(np.int64).max)
    until = np.minimum(at[last] + holds_us, following)
    rows = zip(at[first], until, value[first], quality[first], strict=True)
    found: list[Run] = []
    for begin, end, one, severity in list(rows)[:most]:
        bad = severity == BAD
        found.append(Run(int(begin), int(end), None if bad else float(one), Quality(int(severity))))
    return found


def joined(earlier: Sequence[Run], later: Sequence[Run]) -> list[Run]:
    """Runs of one stretch of samples and of the next one."""
    if not earlier or not later:
        return [*earlier, *later]
    last, first = earlier[-1], later[0]
    same = (last.value, last.quality) == (first.value, first.quality) and first.from_us <= last.to_us
    if same:
        return [*earlier[:-1], replace(last, to_us=first.to_us), *later[1:]]
    return [*earlier[:-1], replace(last, to_us=min(last.to_us, first.from_us)), *later]
