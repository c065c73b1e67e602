"""State samples → a contiguous tape. Pure, vectorised.

A tape is a list of change points: value[i] holds from at[i] until at[i + 1]; neighbours differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from contract.sample import State
from mes.facts.model import Int64, Span
from mes.facts.outages import NOWHERE, Outages

Floats = np.ndarray[tuple[int], np.dtype[np.float64]]
NO_DATA = int(State.NO_DATA)
STATES = np.array([int(state) for state in State])
# Whole numbers beyond this are not exact in a sample; no counter and no code is that large.
LARGEST = 2**53


@dataclass(frozen=True, slots=True)
class Readings:
    """Samples of one series in the order (at, edge_at, node, epoch, seq); the value of a BAD one is nan."""

    at: Int64
    value: Floats

    @classmethod
    def of(cls, at: Int64 | None, value: Floats | None) -> "Readings":
        """Columns of a database, in any order, None where there are none; those of one instant stay as they are."""
        if at is None or value is None:
            return cls(np.zeros(0, np.int64), np.zeros(0))
        if np.any(at[1:] < at[:-1]):
            order = np.argsort(at, kind="stable")
            at, value = at[order], value[order]
        return cls(at, value)

    def at_one_instant(self) -> bool:
        """True when two samples have the same instant, so that their order matters."""
        return bool(np.any(self.at[1:] == self.at[:-1]))

    def usable(self, low: int = -LARGEST, high: int = LARGEST) -> "Readings":
        """Only the samples that have a value that can be a code, or is within bounds, the last one of each instant."""
        keep = (self.value >= low) & (self.value <= high)  # which nan is not
        return Readings(self.at[keep], self.value[keep]).last_of_each_instant()

    def last_of_each_instant(self) -> "Readings":
        """Of several samples at one instant, the last one wins."""
        keep = np.append(self.at[1:] != self.at[:-1], True) if self.at.size else np.zeros(0, bool)
        return Readings(self.at[keep], self.value[keep])


@dataclass(frozen=True, slots=True)
class Tape:
    """Change points: `at` in microseconds, rising; `value` the state or the raw product code from there on."""

    at: Int64
    value: Int64


def state_tape(readings: Readings, no_data_after_us: int, outages: Outages = NOWHERE) -> Tape:
    """The state from each sample to the next, or NO_DATA from `no_data_after_us` after it, or at once when it is BAD.

    It is NO_DATA within an outage and from there to the next sample, however short the span.
    Only a pure function of its samples: the change to NO_DATA after the last one is part of the tape already.
    A number that is no State is NO_DATA. The tape begins with its first sample, whatever that says: samples
    before it may have been dropped, and what was known then ends here.
    """
    samples = readings.last_of_each_instant()
    ends_at = outages.after(samples.at)
    usable = np.isin(samples.value, STATES) & (ends_at > samples.at)
    state = np.where(usable, samples.value, NO_DATA).astype(np.int64)
    silent_at = np.minimum(samples.at + no_data_after_us, ends_at)
    following = np.append(samples.at[1:], np.iinfo(np.int64).max)
    falls_silent = (silent_at < following) & (state != NO_DATA)
    at = np.concatenate([samples.at, silent_at[falls_silent]])
    value = np.concatenate([state, np.full(int(falls_silent.sum()), NO_DATA, np.int64)])
    order = np.argsort(at, kind="stable")
    return canonical(at[order], value[order])


def product_tape(readings: Readings) -> Tape:
    """The product code from each good sample to the next; silence changes no product."""
    samples = readings.usable()
    return canonical(samples.at, samples.value.astype(np.int64))


def canonical(at: Int64, value: Int64) -> Tape:
    """The same tape without points that change nothing; the first stays."""
    if at.size == 0:
        return Tape(at.astype(np.int64), value.astype(np.int64))
    changes = np.append(True, value[1:] != value[:-1])
    return Tape(at[changes], value[changes])


def durations(at: Int64, value: Int64, to_us: int, spans: Sequence[Span]) -> dict[int, int]:
    """Microseconds of each value within spans (ordered, apart); the tape begins at at[0] and ends at `to_us`."""
    edges = np.append(at, to_us)
    totals: dict[int, int] = {}
    for start, end in spans:
        lengths = np.clip(np.minimum(edges[1:], end) - np.maximum(edges[:-1], start), 0, None)
        for found in np.unique(value[lengths > 0]):
            totals[int(found)] = totals.get(int(found), 0) + int(lengths[value == found].sum())
    return totals
