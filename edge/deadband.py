"""Is a reading worth sending? Pure, vectorised over the channels of a device."""

import numpy as np

from edge.channel import Floats, Ints

Bools = np.ndarray[tuple[int], np.dtype[np.bool_]]


class Reporter:
    """Report by exception: the first reading, a change beyond the deadband, a change of quality, and a heartbeat.

    The deadband is the wider of `band`, in the value's unit, and `share` of the value that was sent last.
    Times are microseconds of a monotonic clock, so that a wall clock that is set does not stop or flood anything.
    """

    def __init__(self, band: Floats, share: Floats, heartbeat_us: int) -> None:
        self.band = band
        self.share = share if share.any() else None
        self.heartbeat_us = heartbeat_us
        self.value = np.full(band.size, np.nan)
        self.quality = np.full(band.size, -1, np.int64)
        self.sent_us = np.full(band.size, -heartbeat_us, np.int64)

    def worth_sending(self, value: Floats, quality: Ints, now_us: int) -> Bools:
        """Which of the readings, each finite or nan, to send; those count as sent."""
        band = self.band if self.share is None else np.fmax(self.band, self.share * np.abs(self.value))
        changed = np.abs(value - self.value) > band
        chosen: Bools = changed | (quality != self.quality) | (now_us - self.sent_us >= self.heartbeat_us)
        np.copyto(self.value, value, where=chosen)
        np.copyto(self.quality, quality, where=chosen)
        self.sent_us[chosen] = now_us
        return chosen
