"""Whether something is true, sample by sample → has it been so for long enough? Pure; microseconds since 1970 UTC."""

from alerts.rules.tapes import Verdict


class Persistence:
    """On- and off-delay in the time of the samples; `hold_us` is how long a value holds without another."""

    def __init__(self, on_us: int, off_us: int, hold_us: int) -> None:
        self.delays = {True: on_us, False: off_us}
        self.hold_us = hold_us
        self.truth: bool | None = None
        self.since_us = self.last_us = 0
        # When this service first and last heard the latest sample: a device's own clock may be wrong.
        self.heard: tuple[int, int] | None = None

    def feed(self, at_us: int, truth: bool | None, now_us: int | None) -> Verdict:
        """What one more instant says; None: nothing. `now_us` only for what has just been read."""
        again = at_us == self.last_us and self.heard is not None
        self.heard = None if now_us is None else (self.heard[0] if again and self.heard else now_us, now_us)
        if truth is not self.truth or at_us - self.last_us > self.hold_us:
            self.since_us = at_us
        self.truth, self.last_us = truth, at_us
        return self._after(at_us)

    def tick(self, now_us: int) -> Verdict:
        """What has held for long enough by now, when the last sample is still valid."""
        if self.heard is None:
            return Verdict.HOLD
        return self._after(self.last_us + min(now_us, self.heard[1] + self.hold_us) - self.heard[0])

    def _after(self, at_us: int) -> Verdict:
        if self.truth is None or at_us - self.since_us < self.delays[self.truth]:
            return Verdict.HOLD
        return Verdict.ON if self.truth else Verdict.OFF
