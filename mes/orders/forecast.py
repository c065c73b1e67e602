"""How long the rest of an order takes, as an interval: drawn again and again from what its machine did lately. Pure.

Output comes in bins of worked time. Blocks of bins are drawn at random and laid one behind the other until the rest is
made (moving-block bootstrap: Künsch 1989), so that stops stay as long and as frequent as they were. Each path has its
own pace around the mean, as uncertain as the mean of so few blocks is. The same inputs draw the same paths.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mes.facts.model import Int64, Span

MINUTE_US = 60_000_000
BIN_MINUTES = 5
BIN_US = BIN_MINUTES * MINUTE_US
# Two hours hold a normal stop whole.
BLOCK = 24
# Below two hours of history a forecast would be a guess.
LEAST_BINS = 24
MOST_BINS = 5 * 24 * 60 // BIN_MINUTES
PATHS = 400
# A rest of this many blocks is further away than any forecast is worth.
MOST_BLOCKS = 400
LOW, HIGH = 0.05, 0.95


@dataclass(frozen=True, slots=True)
class Forecast:
    """Worked time until the rest is made, in microseconds: nine of ten end between `low_us` and `high_us`."""

    low_us: int
    middle_us: int
    high_us: int


def forecast(history: Int64, left: float) -> Forecast | None:
    """The forecast for so many parts by the output of bins of worked time, oldest first; None without enough of it."""
    bins = np.asarray(history, np.float64)[-MOST_BINS:]
    if len(bins) < LEAST_BINS or bins.sum() <= 0:
        return None
    if left <= 0:
        return Forecast(0, 0, 0)
    block = max(3, min(BLOCK, len(bins) // 4))
    needed = int(np.ceil(left / bins.mean() * 1.6 / block)) + 3
    if needed > MOST_BLOCKS:
        return None
    # RandomState is frozen: the same seed gives the same numbers in every version of numpy.
    draw = np.random.RandomState(_seed(bins, left))
    starts = draw.randint(0, len(bins) - block + 1, (PATHS, needed))
    paths = bins[(starts[:, :, None] + np.arange(block)).reshape(PATHS, -1)]
    paths = paths * np.exp(draw.standard_normal(PATHS) * _spread_of_mean(bins, block))[:, None]
    made = paths.cumsum(axis=1)
    reached = made >= left
    at = np.where(reached.any(axis=1), reached.argmax(axis=1), made.shape[1] - 1)
    every = np.arange(PATHS)
    before = np.where(at > 0, made[every, np.maximum(at - 1, 0)], 0.0)
    part = np.clip((left - before) / np.maximum(paths[every, at], 1e-9), 0.0, 1.0)
    low, middle, high = np.quantile(at + part, (LOW, 0.5, HIGH)) * BIN_US
    return Forecast(int(low), int(middle), int(high))


def bins_of(minutes: Int64, parts: Int64, worked: Sequence[Span]) -> Int64:
    """Parts of whole worked minutes in bins of worked time; `minutes` are numbers of minutes since 1970, in order."""
    number = np.concatenate(
        [np.arange(-(-start // MINUTE_US), end // MINUTE_US) for start, end in worked] or [np.zeros(0, np.int64)]
    )[-MOST_BINS * BIN_MINUTES :]
    number = number[len(number) % BIN_MINUTES :]
    made = np.zeros(len(number), np.int64)
    place = np.searchsorted(number, minutes)
    here = place < len(number)
    here[here] &= number[place[here]] == minutes[here]
    np.add.at(made, place[here], parts[here])
    summed: Int64 = made.reshape(-1, BIN_MINUTES).sum(axis=1)
    return summed


def _spread_of_mean(bins: np.ndarray[tuple[int], np.dtype[np.float64]], block: int) -> float:
    """How uncertain the mean is, relative to itself, by the means of blocks that do not overlap."""
    count = len(bins) // block
    means = bins[: count * block].reshape(count, block).mean(axis=1)
    return float(means.std(ddof=1) / np.sqrt(count) / bins.mean())


def _seed(bins: np.ndarray[tuple[int], np.dtype[np.float64]], left: float) -> int:
    return int.from_bytes(hashlib.sha256(bins.tobytes() + repr(left).encode()).digest()[:4])
