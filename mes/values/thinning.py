"""Samples of a number → buckets that keep every extreme: first, least, greatest and last with their instants. Pure."""

from dataclasses import dataclass

import numpy as np

from contract.sample import Quality
from mes.facts.model import Int64, Span
from mes.values.spans import BAD, Gaps, Samples

# First, least, greatest and last of a bucket.
POINTS_OF_ONE = 4


@dataclass(frozen=True, slots=True)
class Point:
    """One sample, as it was."""

    at_us: int
    value: float
    quality: Quality


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many samples it has, how many are GOOD, for how long no value is known; no points where all are BAD."""

    begin_us: int
    end_us: int
    samples: int
    good: int
    missing_us: int
    points: tuple[Point, Point, Point, Point] | None


def edges_of(window: Span, points: int) -> Int64:
    """The edges of so many buckets that their points fit; each has a length of a microsecond at least."""
    begin, end = window
    count = max(1, min(points // POINTS_OF_ONE, end - begin))
    return np.array([begin + (end - begin) * n // count for n in range(count + 1)], np.int64)


def buckets_of(samples: Samples, unknown: Gaps, edges: Int64) -> list[Bucket]:
    """The buckets between the edges that have samples."""
    usable = samples.quality != BAD
    at, value, quality = samples.at[usable], samples.value[usable], samples.quality[usable]
    all_from = np.searchsorted(samples.at, edges)
    good_before = np.concatenate(([0], np.cumsum(samples.quality == Quality.GOOD)))
    from_, missing = np.searchsorted(at, edges), unknown.missing(edges)
    found = []
    for n in np.flatnonzero(np.diff(all_from)).tolist():
        low, high = from_[n], from_[n + 1]
        points = None
        if high > low:
            part = value[low:high]
            chosen = (low, low + int(np.argmin(part)), low + int(np.argmax(part)), high - 1)
            first, least, greatest, last = (
                Point(int(at[i]), float(value[i]), Quality(int(quality[i]))) for i in chosen
            )
            points = first, least, greatest, last
        begin, end = all_from[n], all_from[n + 1]
        counts = int(end - begin), int(good_before[end] - good_before[begin]), int(missing[n])
        found.append(Bucket(int(edges[n]), int(edges[n + 1]), *counts, points))
    return found
