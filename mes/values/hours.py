"""Samples of an hour → what they come to, and such hours → the buckets of a long window. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from mes.facts.model import Int64, Span
from mes.values.spans import BAD, Gaps, Samples, gaps
from mes.values.thinning import POINTS_OF_ONE, Bucket, Point, buckets_of
from mes.web.windows import HOUR_US

# An hour with fewer samples is read as quickly from these.
FEWEST_SAMPLES = 360


@dataclass(frozen=True, slots=True)
class Hour:
    """What an hour comes to; `points` None where every sample is BAD, `longest_us` between two samples in it."""

    begin_us: int
    samples: int
    good: int
    bad: int
    longest_us: int
    points: tuple[Point, Point, Point, Point] | None


def hour_of(samples: Samples, begin_us: int) -> Hour | None:
    """What the samples of [begin, begin + 1 h) come to; None where they are too few to be worth it."""
    if samples.at.size < FEWEST_SAMPLES:
        return None
    [bucket] = buckets_of(samples, _nothing(), np.array([begin_us, begin_us + HOUR_US], np.int64))
    bad = int(np.count_nonzero(samples.quality == BAD))
    return Hour(begin_us, bucket.samples, bucket.good, bad, int(np.diff(samples.at).max()), bucket.points)


def gapless(hour: Hour, holds_us: int) -> bool:
    """True where a value is known between its first sample and its last one, all the time."""
    return hour.bad == 0 and hour.longest_us <= holds_us and hour.points is not None


def long_edges(window: Span, points: int) -> Int64 | None:
    """The edges of buckets of whole hours, the first and last one cut; None where buckets are shorter than an hour."""
    begin, end = window
    hours = -(-(end - begin) * POINTS_OF_ONE // (points * HOUR_US))
    if (end - begin) * POINTS_OF_ONE < points * HOUR_US:
        return None
    step = hours * HOUR_US
    # A window that begins within a bucket has one more: the longer step makes room for it.
    if ((end - 1) // step - begin // step + 1) * POINTS_OF_ONE > points:
        step += HOUR_US
    inner = range((begin // step + 1) * step, end, step)
    return np.array([begin, *inner, end], np.int64)


def stretches(window: Span, whole: Iterable[int]) -> list[tuple[Span, bool]]:
    """A window in parts that follow each other: hours that are told by their sum (True), and what must be read."""
    begin, end = window
    found: list[tuple[Span, bool]] = []
    for hour in sorted(whole):
        if hour < begin or hour + HOUR_US > end:
            continue
        at = found[-1][0][1] if found else begin
        if at < hour:
            found.append(((at, hour), False))
        if found and found[-1][1]:
            found[-1] = ((found[-1][0][0], hour + HOUR_US), True)
        else:
            found.append(((hour, hour + HOUR_US), True))
    at = found[-1][0][1] if found else begin
    return [*found, ((at, end), False)] if at < end else found


def gaps_between(hours: Sequence[Hour], before: Samples, holds_us: int, span: Span) -> tuple[Gaps, Samples]:
    """Where nothing is known in hours without a gap of their own, and their last sample."""
    ends = [point for hour in hours if hour.points for point in (hour.points[0], hour.points[3])]
    at = np.array([point.at_us for point in ends], np.int64)
    samples = Samples(
        at, np.array([point.value for point in ends]), np.array([point.quality for point in ends], np.int64)
    )
    # Between an hour's first and last sample every instant is known, however far they are apart.
    unknown = gaps(before.then(samples), holds_us, span)
    inside = _inside(unknown.begin, at)
    return Gaps(unknown.begin[~inside], unknown.end[~inside], unknown.bad[~inside]), samples.last()


def _inside(begin: Int64, at: Int64) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which instants lie after an hour's first sample and before its last one."""
    after: np.ndarray[tuple[int], np.dtype[np.bool_]] = np.searchsorted(at, begin, side="right") % 2 == 1
    return after


def bucket_of(hour: Hour) -> Bucket:
    """An hour as a bucket of which nothing is missing; what is missing between hours is added up where they are."""
    return Bucket(hour.begin_us, hour.begin_us + HOUR_US, hour.samples, hour.good, 0, hour.points)


def joined(parts: Sequence[Bucket], unknown: Gaps, edges: Int64) -> list[Bucket]:
    """Buckets within the edges, in the order of time → one bucket between each two edges that has samples."""
    missing = unknown.missing(edges)
    found: list[Bucket] = []
    numbers = np.searchsorted(edges, [part.begin_us for part in parts], side="right") - 1
    for n in sorted(set(numbers.tolist())):
        these = [part for part, number in zip(parts, numbers.tolist(), strict=True) if number == n]
        points = _points([part.points for part in these if part.points])
        counts = sum(part.samples for part in these), sum(part.good for part in these), int(missing[n])
        found.append(Bucket(int(edges[n]), int(edges[n + 1]), *counts, points))
    return found


def _points(parts: Sequence[tuple[Point, Point, Point, Point]]) -> tuple[Point, Point, Point, Point] | None:
    if not parts:
        return None
    least = min((part[1] for part in parts), key=lambda point: point.value)
    greatest = max((part[2] for part in parts), key=lambda point: point.value)
    return parts[0][0], least, greatest, parts[-1][3]


def _nothing() -> Gaps:
    return Gaps(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.bool_))
