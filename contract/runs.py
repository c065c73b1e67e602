"""A column in which most neighbours are alike ↔ pairs of a value and how often it stands in a row. Pure."""

from collections.abc import Sequence

import numpy as np

Ints = np.ndarray[tuple[int], np.dtype[np.int64]]


class BrokenRuns(ValueError):
    """Runs that are no column; the text says why."""


def runs_of(column: Ints) -> list[int]:
    """[value, count, value, count, …]: 7 7 7 9 is [7, 3, 9, 1]."""
    return _pairs(column, column[1:] != column[:-1])


def ranges_of(column: Ints) -> list[int]:
    """[first, count, first, count, …] of numbers that count up by one: 4 5 6 0 is [4, 3, 0, 1]."""
    return _pairs(column, column[1:] != column[:-1] + 1)


def from_runs(name: str, runs: Sequence[int], size: int) -> Ints:
    """The column of so many entries, or BrokenRuns."""
    value, count = _split(name, runs, size)
    return np.repeat(value, count)


def from_ranges(name: str, ranges: Sequence[int], size: int, below: int) -> Ints:
    """The column of so many numbers from 0 to one before `below`, or BrokenRuns."""
    first, count = _split(name, ranges, size)
    if first.min() < 0 or first.max() >= below or (first + count).max() > below:
        raise BrokenRuns(f"{name} points outside the {below} names in series")
    return np.repeat(first - np.cumsum(count) + count, count) + np.arange(size)


def _pairs(column: Ints, ends: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[int]:
    starts = np.append(0, np.flatnonzero(ends) + 1)
    pairs = np.empty((starts.size, 2), np.int64)
    pairs[:, 0], pairs[:, 1] = column[starts], np.diff(starts, append=column.size)
    return pairs.ravel().tolist()


def _split(name: str, runs: Sequence[int], size: int) -> tuple[Ints, Ints]:
    """Values and counts, which are together exactly `size` entries."""
    try:
        pairs = np.asarray(runs, np.int64)
    except OverflowError as err:
        raise BrokenRuns(f"{name} holds a number beyond 2^63") from err
    if pairs.size == 0 or pairs.size % 2:
        raise BrokenRuns(f"{name} has {pairs.size} numbers: each run is two, a value and how often it stands in a row")
    value, count = pairs[::2], pairs[1::2]
    if count.min() < 1 or count.max() > size or int(count.sum()) != size:
        raise BrokenRuns(f"{name} makes another number of entries than the {size} in value")
    return value, count
