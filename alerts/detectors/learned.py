"""What a detector keeps of good time: extremes of blocks, and what products are like. Pure but for memory."""

import numpy as np

from alerts.detectors.limit import Floats

DAY_US = 86_400_000_000
MOST_PRODUCTS = 200


class Blocks:
    """Of each of the last blocks of good time when it ended, highest and lowest figures and highest scores."""

    def __init__(self, tags: int, most: int) -> None:
        self.most = most
        self.seen = 0
        self.ends_us = np.zeros(0, dtype=np.int64)
        self.highs, self.lows = np.zeros((0, 2, tags)), np.zeros((0, 2, tags))
        self.means = np.zeros((0, tags))
        self.scores = np.zeros((0, 3))

    def __len__(self) -> int:
        return len(self.ends_us)

    def add(self, at_us: int, high: Floats, low: Floats, mean: Floats, scores: Floats) -> None:
        """One more block; the oldest goes when there are too many."""
        self.seen += 1
        self.ends_us = np.append(self.ends_us, at_us)[-self.most :]
        self.highs = np.concatenate((self.highs, high[None]))[-self.most :]
        self.lows = np.concatenate((self.lows, low[None]))[-self.most :]
        self.means = np.concatenate((self.means, mean[None]))[-self.most :]
        self.scores = np.concatenate((self.scores, scores[None]))[-self.most :]

    def span_us(self, block_us: int) -> float:
        """The time in which all this was seen, stops among it; of a longer stop a day."""
        return float(block_us + np.clip(np.diff(self.ends_us), block_us, max(DAY_US, block_us)).sum())


class Reference:
    """The usual values of each product, from its first good cells; a machine without products has one reference."""

    def __init__(self, tags: int) -> None:
        self.tags = tags
        self.means: dict[str, Floats] = {}
        self.begun: dict[str, tuple[int, Floats]] = {}

    def of(self, product: str | None) -> Floats | None:
        """None while too little of this product has been seen."""
        return self.means.get(product or "")

    def learn(self, product: str | None, values: Floats, enough: int) -> None:
        """One more cell; `enough` of them make the reference, with the share of each tag that had values."""
        name = product or ""
        count, sums = self.begun.get(name, (0, np.zeros((2, self.tags))))
        known = np.isfinite(values)
        self.begun[name] = count + 1, sums + np.stack((np.where(known, values, 0.0), known))
        if count + 1 >= enough:
            _, sums = self.begun.pop(name)
            self.means[name] = sums[0] / np.maximum(sums[1], 1)
            for gone in list(self.means)[:-MOST_PRODUCTS]:
                del self.means[gone]
