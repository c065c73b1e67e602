"""Good time → the span of each tag by time of day, and how far a value lies outside of it. Pure."""

from dataclasses import dataclass, field

import numpy as np

from alerts.detectors.limit import Floats

BINS = 48
DAYS = 28
LEAST_DAYS = 2
DAY_US = 86_400_000_000


@dataclass
class DayProfile:
    """Lowest and highest of each half hour of the day over the last days on which there was good time."""

    tags: int
    days: dict[int, tuple[Floats, Floats]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._sum_up()

    def learn(self, at_us: int, cells: Floats) -> None:
        """Good cells that began one after the other from this time, all within about an hour."""
        day, bin_ = at_us // DAY_US, _bin(at_us)
        low, high = self.days.get(day, (np.full((BINS, self.tags), np.nan), np.full((BINS, self.tags), np.nan)))
        low[bin_] = np.fmin(low[bin_], np.fmin.reduce(cells, axis=0))
        high[bin_] = np.fmax(high[bin_], np.fmax.reduce(cells, axis=0))
        self.days[day] = low, high
        for gone in sorted(self.days)[:-DAYS]:
            del self.days[gone]

    def sum_up(self) -> None:
        """Take in what was learned."""
        self._sum_up()

    def outside(self, at_us: int, values: Floats) -> Floats:
        """By how much each value lies outside of what was seen at this time of other days.

        0 where nothing was seen at this time; NaN while there are too few days.
        """
        if len(self.days) < LEAST_DAYS:
            return np.full(self.tags, np.nan)
        bin_ = _bin(at_us)
        outside = np.fmax(np.fmax(values - self.high[bin_], self.low[bin_] - values), 0.0)
        return np.asarray(np.nan_to_num(outside))

    def _sum_up(self) -> None:
        lows = [low for low, _ in self.days.values()]
        highs = [high for _, high in self.days.values()]
        nothing = np.full((BINS, self.tags), np.nan)
        self.low = np.fmin.reduce(np.array([nothing, *lows]), axis=0)
        self.high = np.fmax.reduce(np.array([nothing, *highs]), axis=0)


def _bin(at_us: int) -> int:
    return at_us % DAY_US * BINS // DAY_US
