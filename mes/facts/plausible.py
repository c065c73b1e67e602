"""Readings of a counter → which of its steps the machine can have made. Pure, vectorised."""

from dataclasses import dataclass

import numpy as np

from mes.facts.model import Bools, Int64

# So many times no_data_after, and a minute at the most, a counter remembers what it showed: for so long a value that
# was misread is expected to come back, and a counter that is refreshed seldom to stand still.
RECALL = 2
LONGEST_US = 60_000_000
# Parts that may lie between the machine and its counter at the moment of reading.
PARTS_BEGUN = 2
# A fall by so few parts, or by such a share of what the counter showed, may be a person's correction.
CORRECTED_PARTS = 10
CORRECTED_SHARE = 4
# Longer ago than any instant.
LONG_AGO = -(2**60)


@dataclass(frozen=True, slots=True)
class Pace:
    """Microseconds a count: `ideal` at best, `quickest` what is still believed, with so many counts more."""

    ideal: int
    quickest: int
    more: int


@dataclass(frozen=True, slots=True)
class Plausible:
    """Of each step: is it a rise that the machine cannot have made; is it a fall, and one soon after such a rise, which
    only ends it; what may be believed to have been counted; and since when the counter had shown the value before it,
    or where that is longer ago than it remembers, since the reading before.
    """

    impossible: Bools
    falls: Bools
    spiked: Bools
    limit: Int64
    since: Int64


def recall_us(no_data_after_us: int) -> int:
    """For how long what a counter showed bears on its steps."""
    return min(RECALL * no_data_after_us, LONGEST_US)


def reach_us(no_data_after_us: int) -> int:
    """How long before a step the readings lie that bear on it: those that tell how long the counter had stood when it
    made a step that cannot be, after which it fell, and rose again.
    """
    return 3 * recall_us(no_data_after_us)


def plausible(at: Int64, raw: Int64, pace: Pace, recall: int) -> Plausible:
    """What can be said of the steps of a counter that is read at `at`.

    A step is measured by the time since the counter began to show the value before it, which is longer than that since
    the last reading where it counts several parts at once or is refreshed seldom; up to `recall`.
    """
    begins = np.append(True, raw[1:] != raw[:-1])[: at.size]
    begun = np.maximum.accumulate(np.where(begins, at, LONG_AGO))
    stood = at[1:] - begun[:-1]
    waited = np.maximum(at[1:] - at[:-1], np.minimum(stood, recall))
    difference = np.diff(raw)
    limit = waited // pace.quickest + pace.more
    impossible = difference > limit
    falls, since = difference < 0, np.where(stood <= recall, begun[:-1], at[:-1])
    return Plausible(impossible, falls, falls & _soon_after(at, impossible, recall), limit, since)


def returns(at: Int64, raw: Int64, fallen: Bools, pace: Pace, no_data_after_us: int) -> Bools:
    """Which rises lead back at once, while the counter remembers it, to where it stood before it fell: it may have been
    misread meanwhile, or held. One that was set back shows less than before when it next counts; of one that fell
    while nobody looked, as in a power cut, it is believed that it counted so far again where there was time for it.
    """
    begins = np.append(True, raw[1:] != raw[:-1])[: at.size]
    run = np.maximum.accumulate(np.where(begins, np.arange(at.size), 0))[:-1]
    fell, looked = np.append(False, fallen)[run], np.append(0, np.diff(at))[run] <= no_data_after_us
    before, since = raw[np.maximum(run - 1, 0)], at[1:] - at[run]
    found = fell & (raw[:-1] < before) & (before <= raw[1:]) & (since <= recall_us(no_data_after_us))
    back: Bools = found & (looked | (np.diff(raw) > since // pace.ideal + 1))
    return back


def far(raw: Int64) -> Bools:
    """Which falls are too deep for a correction by a person."""
    found: Bools = raw[:-1] - raw[1:] > np.maximum(CORRECTED_PARTS, raw[:-1] // CORRECTED_SHARE)
    return found


def _soon_after(at: Int64, event: Bools, recall: int) -> Bools:
    """Which steps end not longer than `recall` after one of these."""
    last = np.maximum.accumulate(np.where(event, at[1:], LONG_AGO))
    found: Bools = at[1:] - np.append(LONG_AGO, last[:-1])[: last.size] <= recall
    return found
