"""Scaled cells, one by one → how much of a lasting shift has added up, and since when. Pure."""

import numpy as np
from numpy.typing import NDArray

from alerts.detectors.limit import Floats

ALLOWED = 0.5  # robust standard deviations: a shift of less than twice this does not add up
MOST = 3.0  # so much one cell can add at most


class Cusum:
    """Two sums for each tag, upwards and downwards; each is 0 until something begins to add up."""

    def __init__(self, tags: int) -> None:
        self.sums = np.zeros((2, tags))
        self.since_us = np.zeros((2, tags), dtype=np.int64)

    def add(self, at_us: int, scaled: Floats) -> None:
        """One more cell; a tag without a value keeps its sums."""
        step = np.clip(np.nan_to_num(scaled), -MOST, MOST)
        sums = np.maximum(self.sums + np.stack((step, -step)) - ALLOWED, 0.0)
        sums = np.where(np.isfinite(scaled), sums, self.sums)
        self.since_us = np.where(self.sums > 0, self.since_us, at_us)
        self.sums = sums

    @property
    def highest(self) -> Floats:
        """Of each tag the larger of its sums."""
        return np.asarray(self.sums.max(axis=0))

    def began_us(self, tag: int) -> int:
        """When the present shift of this tag began: the change point."""
        return int(self.since_us[int(self.sums[1, tag] > self.sums[0, tag]), tag])

    def end(self, back: NDArray[np.bool_]) -> None:
        """The shift of these tags is over."""
        self.sums[:, back] = 0.0
