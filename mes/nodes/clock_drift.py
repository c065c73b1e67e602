"""How far a clock was off, minute by minute → how far it is off now and how fast it drifts. Pure.

Theil-Sen: the median of the slopes between all pairs of minutes.
More than a quarter of the minutes may be wrong, as on a line that is sometimes slow, and the answer holds.
"""

from dataclasses import dataclass

import numpy as np

Int64 = np.ndarray[tuple[int], np.dtype[np.int64]]
Float64 = np.ndarray[tuple[int], np.dtype[np.float64]]
# Six hours: a crystal changes its pace with the temperature, so that older minutes say little of now.
WINDOW_US = 6 * 3_600_000_000
# Nothing that runs by itself moves so far in a minute: somebody has set the clock, or its agent began anew.
JUMP_US = 250_000
# No crystal is worse than this, so that a long hole between two minutes is no jump.
WORST_DRIFT = 500e-6
# Fewer minutes, or minutes closer together, say nothing about the pace.
FEWEST = 10


@dataclass(frozen=True, slots=True)
class ClockNow:
    """A clock at `at_us`: `ahead_us` of ours (behind when negative), and by how many us a second it gains on ours.

    `drift_ppm` is None while too little is known. The time that the way takes makes a clock look that much behind.
    `minutes` is on how many of them this rests, all since its last jump.
    """

    at_us: int
    ahead_us: int
    drift_ppm: float | None
    minutes: int


def clock_now(minute_us: Int64, behind_us: Int64) -> ClockNow | None:
    """The clock at its newest minute, from (ours - theirs) of each minute, oldest first; None without any."""
    if minute_us.size == 0:
        return None
    near = minute_us > minute_us[-1] - WINDOW_US
    at, ahead = minute_us[near], -behind_us[near]
    start = _last_jump(at, ahead)
    at, ahead = at[start:], ahead[start:]
    seconds = (at - at[-1]) / 1e6
    drift = _slope(seconds, ahead.astype(np.float64))
    here = np.median(ahead - (drift or 0.0) * seconds)
    return ClockNow(int(at[-1]), round(float(here)), drift, len(at))


def _slope(
    seconds: np.ndarray[tuple[int], np.dtype[np.float64]], ahead: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> float | None:
    """us a second, which is parts per million."""
    if len(seconds) < FEWEST:
        return None
    first, second = np.triu_indices(len(seconds), 1)
    return float(np.median((ahead[second] - ahead[first]) / (seconds[second] - seconds[first])))


def _last_jump(at: Int64, ahead: Int64) -> int:
    """The place of the first minute after the last jump, 0 without one.

    A jump lasts: two minutes in a row are far from those before, on the same side. One alone is a slow line.
    """
    for place in range(len(at) - 2, 0, -1):
        before = float(np.median(ahead[max(0, place - 3) : place]))
        may = JUMP_US + WORST_DRIFT * float(at[place] - at[place - 1])
        one, two = float(ahead[place]) - before, float(ahead[place + 1]) - before
        # The first minute of a jump, not one of those after it whose neighbours have jumped already.
        step = abs(float(ahead[place] - ahead[place - 1]))
        if min(abs(one), abs(two)) > may and one * two > 0 and step > may:
            return place
    return 0
