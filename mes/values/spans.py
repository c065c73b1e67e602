"""Samples of a tag → where nothing is known of it, and for how long in each bucket. Pure, vectorised."""

from dataclasses import dataclass

import numpy as np

from contract.sample import Quality
from mes.facts.model import Int64, Span
from mes.facts.tape import Floats

SEVERITY = 3
BAD = int(Quality.BAD)


@dataclass(frozen=True, slots=True)
class Samples:
    """Samples in the order of time; the value of a BAD one is nan, `quality` holds the two bits of its severity."""

    at: Int64
    value: Floats
    quality: Int64

    @classmethod
    def of(cls, at: Int64 | None, value: Floats | None, quality: Int64 | None) -> "Samples":
        """Columns of a database in any order, None where there are none; the order is that of their values alone."""
        if at is None or value is None or quality is None:
            return cls(np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int64))
        severity = quality & SEVERITY
        if np.any(at[1:] <= at[:-1]):
            order = np.lexsort((value, severity, at))
            at, value, severity = at[order], value[order], severity[order]
        return cls(at, value, severity)

    def part(self, begin: int, end: int) -> "Samples":
        """Those of [begin, end), microseconds."""
        low, high = np.searchsorted(self.at, (begin, end))
        return Samples(self.at[low:high], self.value[low:high], self.quality[low:high])

    def last(self) -> "Samples":
        """The last one alone."""
        return Samples(self.at[-1:], self.value[-1:], self.quality[-1:])

    def then(self, later: "Samples") -> "Samples":
        """These and later ones."""
        return Samples(
            np.concatenate((self.at, later.at)),
            np.concatenate((self.value, later.value)),
            np.concatenate((self.quality, later.quality)),
        )


@dataclass(frozen=True, slots=True)
class Gaps:
    """Spans of which no value is known, in the order of time; `bad`: read, but BAD; else there are no samples."""

    begin: Int64
    end: Int64
    bad: np.ndarray[tuple[int], np.dtype[np.bool_]]

    def missing(self, edges: Int64) -> Int64:
        """How much of each span between two edges they cover, microseconds."""
        before = np.concatenate(([0], np.cumsum(self.end - self.begin)))
        # The end of the gap that began last; before the first one begins, that of none.
        ends = np.concatenate((edges[:1], self.end))
        index = np.searchsorted(self.begin, edges, side="right")
        upto: Int64 = before[index] - np.maximum(ends[index] - edges, 0)
        return upto[1:] - upto[:-1]

    def then(self, later: "Gaps") -> "Gaps":
        """These and later ones; two that touch and are alike are one."""
        begin, end = np.concatenate((self.begin, later.begin)), np.concatenate((self.end, later.end))
        bad = np.concatenate((self.bad, later.bad))
        apart = (begin[1:] != end[:-1]) | (bad[1:] != bad[:-1])
        first = np.append(True, apart) if begin.size else apart
        last = np.append(apart, True) if begin.size else apart
        return Gaps(begin[first], end[last], bad[first])

    def longest(self, most: int, least_us: int) -> "Gaps":
        """All where there are no more than `most`; else those that are at least so long."""
        if self.begin.size <= most:
            return self
        keep = self.end - self.begin >= least_us
        return Gaps(self.begin[keep], self.end[keep], self.bad[keep])


def no_gaps() -> Gaps:
    """None."""
    return Gaps(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.bool_))


def gaps(samples: Samples, holds_us: int, window: Span) -> Gaps:
    """Where nothing is known within a window: a sample holds until the next one, but not longer than `holds_us`.

    `samples` may begin before the window, so that what holds at its begin is known.
    """
    begin, end = window
    until = np.append(samples.at[1:], max(end, begin)) if samples.at.size else samples.at
    known_until = np.minimum(until, samples.at + holds_us)
    bad = samples.quality == BAD
    # After each sample: first its own span where it is BAD, then the span without samples.
    begins = np.stack((samples.at, known_until), axis=1).ravel()
    ends = np.stack((known_until, until), axis=1).ravel()
    is_bad = np.stack((bad, np.zeros_like(bad)), axis=1).ravel()
    wanted = np.stack((bad, np.ones_like(bad)), axis=1).ravel()
    first = samples.at[0] if samples.at.size else end
    begins, ends = np.append(begin, begins), np.append(first, ends)
    is_bad, wanted = np.append(False, is_bad), np.append(True, wanted)
    begins, ends = np.maximum(begins, begin), np.minimum(ends, end)
    keep = wanted & (ends > begins)
    return no_gaps().then(Gaps(begins[keep], ends[keep], is_bad[keep]))
