"""Means of blocks of good time → how fast a tag drifts, and when it will be at a fixed limit. Pure."""

from collections.abc import Sequence

import numpy as np

from alerts.detectors.limit import Floats

LEAST_POINTS = 3
FURTHEST_US = 30 * 86_400_000_000


def time_to_limit_us(at_us: Sequence[int], means: Floats, since_us: int, limits: Sequence[float]) -> int | None:
    """Until the drift since the change point reaches the nearest limit ahead; None when it does not within 30 days.

    `at_us` and `means` are one tag's, in the order of time.
    """
    times = np.asarray(at_us, dtype=float)
    chosen = (times >= since_us) & np.isfinite(means)
    if chosen.sum() < LEAST_POINTS:
        return None
    times, values = times[chosen], means[chosen]
    off = times - times.mean()
    slope = float(off @ values / max(float(off @ off), 1.0))
    now = float(values.mean() + slope * off[-1])
    ahead = [(limit - now) / slope for limit in limits if slope and (limit - now) / slope > 0]
    nearest = min(ahead, default=np.inf)
    return int(nearest) if nearest <= FURTHEST_US else None
