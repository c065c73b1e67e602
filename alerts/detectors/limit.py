"""Peaks of a figure in good time → the limit that it passes by chance no more often than is allowed. Pure.

Above their median, or further out when there are many, peaks of blocks of good time thin out like an exponential.
Neighbouring blocks above that edge are one event, so that a slow course is not counted again and again.
With k events of mean excess m above the edge e, and a events allowed in the same time, an exponential known for certain
gives e + m ln(k / a). What was learned from k events is not certain, and the limit allows for it:
e + k m ((k / a)^(1/k) - 1), which is the same for many and higher for few.
"""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LEAST_BLOCKS = 8
MOST_SHARE = 0.5
LEAST_SHARE = 0.05
WANTED_EVENTS = 20


def limit_of(peaks: Floats, allowed: float) -> float:
    """`peaks` are in the order of time; `allowed` false alarms in as much time. Infinite while too little is known."""
    peaks = peaks[np.isfinite(peaks)]
    if len(peaks) < LEAST_BLOCKS:
        return math.inf
    share = min(MOST_SHARE, max(LEAST_SHARE, WANTED_EVENTS / len(peaks)))
    edge = float(np.quantile(peaks, 1 - share))
    over = peaks > edge
    starts = np.flatnonzero(over & ~np.concatenate(([False], over[:-1])))
    if not len(starts):
        return edge
    excess = np.maximum.reduceat(np.where(over, peaks, -np.inf), starts) - edge
    events, total = len(excess), float(excess.sum())
    if events <= allowed:
        return edge
    return edge + total * (math.exp(math.log(events / allowed) / events) - 1)


def limits_of(peaks: Floats, allowed: float) -> Floats:
    """The same for each column."""
    return np.array([limit_of(column, allowed) for column in peaks.T])


def middles_of(values: Floats) -> Floats:
    """The median of each column, NaN left out; 0 where nothing is known."""
    if not len(values):
        return np.zeros(values.shape[1:])
    known = np.isfinite(values).any(axis=0)
    return np.asarray(np.nanmedian(np.where(known, values, 0.0), axis=0))
