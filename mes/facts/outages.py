"""Spans of which it is on record that samples are not there → where what was known ends. Pure, vectorised."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from mes.facts.model import Int64, Span

NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Outages:
    """Spans [begin, end) of a series, in order and apart: within them nothing is known.

    After one, too, nothing is known until the next sample: what changed meanwhile may be what is missing.
    """

    begin: Int64
    end: Int64

    def after(self, at: Int64) -> Int64:
        """For each instant of a sample, where what it says ends at the latest; NEVER where no span follows.

        Not later than the instant itself where the sample lies within a span.
        """
        first = np.searchsorted(self.end, at, side="right")
        return np.append(self.begin, NEVER)[first]


def outages_of(spans: Iterable[Span]) -> Outages:
    """The spans in any order and however they overlap, as they are to be used."""
    begin: list[int] = []
    end: list[int] = []
    for start, stop in sorted(spans):
        if end and start <= end[-1]:
            end[-1] = max(end[-1], stop)
        elif start < stop:
            begin.append(start)
            end.append(stop)
    return Outages(np.array(begin, np.int64), np.array(end, np.int64))


NOWHERE = outages_of([])
