"""Is a reading worth sending? Pure, vectorised over the channels of a device."""

import numpy as np

from edge.channel import Floats, Ints

Bools = np.ndarray[tuple[int], np.dtype[np.bool_]]


class Reporter:
    """Report by exception: the first reading, a change beyond the deadband, a change of quality, and a heartbeat.

    Times are microseconds of a monotonic clock, so that a wall clock that is set does not stop or flood anything.
    """

    def __init__(self, band: Floats, heartbeat_us: int) -> None:
        self.band = band
        self.heartbeat_us = heartbeat_us
        self.value = np.full(band.size, np.nan)
        self.quality = np.full(band.size, -1, np.int64)
        self.sent_us = np.full(band.size, -heartbeat_us, np.int64)

    def worth_sending(self, value: Floats, quality: Ints, now_us: int) -> Bools:
        """Which of the readings to send; those count as sent."""
        with np.errstate(invalid="ignore"):
            changed = np.abs(value - self.value) > self.band
        chosen: Bools = changed | (quality != self.quality) | (now_us - self.sent_us >= self.heartbeat_us)
        np.copyto(self.value, value, where=chosen)
        np.copyto(self.quality, quality, where=chosen)
        self.sent_us[chosen] = now_us
        return chosen
