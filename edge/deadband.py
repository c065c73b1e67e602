"""Is a reading worth sending? Pure, vectorised over the channels of one or of many sources."""

from collections.abc import Sequence

import numpy as np

from edge.channel import Bools, Floats, Ints


class Reporter:
    """Report by exception: the first reading, a change beyond the deadband, a change of quality, and a heartbeat.

    The deadband is the wider of `band`, in the value's unit, and `share` of the value that was sent last.
    Times are microseconds of a monotonic clock, so that a wall clock that is set does not stop or flood anything.
    """

    def __init__(self, band: Floats, share: Floats, heartbeat_us: int | Ints) -> None:
        self.band = band
        self.share = share if share.any() else None
        self.heartbeat_us = heartbeat_us
        self.value = np.full(band.size, np.nan)
        self.quality = np.full(band.size, -1, np.int64)
        self.sent_us = np.full(band.size, -np.asarray(heartbeat_us), np.int64)

    @classmethod
    def joined(cls, parts: Sequence["Reporter"]) -> "Reporter":
        """One for the channels of all, one after the other; it begins with what each part has sent."""
        if len(parts) == 1:
            return parts[0]
        shares = [np.zeros(part.band.size) if part.share is None else part.share for part in parts]
        heartbeats = np.repeat([part.heartbeat_us for part in parts], [part.band.size for part in parts])
        made = cls(np.concatenate([part.band for part in parts]), np.concatenate(shares), heartbeats)
        made.value = np.concatenate([part.value for part in parts])
        made.quality = np.concatenate([part.quality for part in parts])
        made.sent_us = np.concatenate([part.sent_us for part in parts])
        return made

    def hand_back(self, parts: Sequence["Reporter"]) -> None:
        """What was sent of them, to the parts that it was joined from."""
        if parts[0] is self:
            return
        start = 0
        for part in parts:
            end = start + part.band.size
            part.value, part.quality = self.value[start:end], self.quality[start:end]
            part.sent_us = self.sent_us[start:end]
            start = end

    def worth_sending(self, value: Floats, quality: Ints, now_us: int | Ints, among: Bools | None = None) -> Bools:
        """Which of the readings, each finite or nan, to send; those count as sent. None but those `among`, if given."""
        band = self.band if self.share is None else np.fmax(self.band, self.share * np.abs(self.value))
        changed = np.abs(value - self.value) > band
        chosen: Bools = changed | (quality != self.quality) | (now_us - self.sent_us >= self.heartbeat_us)
        if among is not None:
            chosen &= among
        np.copyto(self.value, value, where=chosen)
        np.copyto(self.quality, quality, where=chosen)
        np.copyto(self.sent_us, now_us, where=chosen)
        return chosen
