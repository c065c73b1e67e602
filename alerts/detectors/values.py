"""Process values, one by one → does a threshold rule hold? Pure.

Time is the time of the samples, microseconds since 1970 UTC, because samples come when something changes.
Everything known is a function of the samples of the last `memory_us`, so a restart replays just those.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from alerts.rules.tapes import Verdict, us
from config.device import Machine, Tag
from config.rules import Threshold


class Side(Enum):
    """Where a value lies; BETWEEN is in the deadband."""

    BEYOND = "beyond"
    BETWEEN = "between"
    BACK = "back"


def side_of_limit(rule: Threshold, value: float) -> Side:
    """Of a fixed limit, with its deadband on the good side."""
    sign, limit = (1, rule.above) if rule.above is not None else (-1, rule.below or 0.0)
    over = sign * (value - limit)
    return Side.BEYOND if over > 0 else Side.BACK if over <= -rule.deadband else Side.BETWEEN


@dataclass(frozen=True, slots=True)
class Heard:
    """When this service first and last heard the latest sample: a device's own clock may be wrong."""

    first_us: int
    last_us: int


class Detector:
    """One threshold rule on one machine; feed it samples in the order of their times."""

    def __init__(self, rule: Threshold, machine: Machine) -> None:
        self.rule = rule
        self.machine = machine.id
        self.hold_us = us(machine.no_data_after)
        self.delay_us = us(rule.delay)
        self.memory_us = self.delay_us + 2 * self.hold_us + us(timedelta(seconds=1))
        self.forget()

    def forget(self) -> None:
        """As new; replay the samples of the last `memory_us` afterwards."""
        self.last_us: int | None = None
        self.last_value: float | None = None
        self.beyond_since_us: int | None = None
        self.heard: Heard | None = None

    def feed(self, at_us: int, value: float | None, now_us: int | None = None) -> Verdict:
        """What one more sample says; None for BAD. `now_us` only for a sample that has just been read."""
        if value is None or self.is_late(at_us):
            return Verdict.HOLD
        last_us, self.last_us, self.last_value = self.last_us, at_us, value
        passed_us = at_us - last_us if last_us is not None else 0
        if now_us is None:
            self.heard = None
        else:
            first_us = self.heard.first_us if self.heard and at_us == last_us else now_us
            self.heard = Heard(first_us, now_us)
        side = side_of_limit(self.rule, value)
        if side is not Side.BEYOND:
            self.beyond_since_us = None
            return Verdict.OFF if side is Side.BACK else Verdict.HOLD
        if self.beyond_since_us is None or passed_us > self.hold_us:
            self.beyond_since_us = at_us
        return Verdict.ON if at_us - self.beyond_since_us >= self.delay_us else Verdict.HOLD

    def tick(self, now_us: int) -> Verdict:
        """ON when the last value, still valid, has been beyond for long enough by now; else HOLD."""
        since_us, last_us, heard = self.beyond_since_us, self.last_us, self.heard
        if since_us is None or last_us is None or heard is None:
            return Verdict.HOLD
        held_us = min(now_us, heard.last_us + self.hold_us) - heard.first_us
        return Verdict.ON if last_us + held_us - since_us >= self.delay_us else Verdict.HOLD

    def is_late(self, at_us: int) -> bool:
        """True for a sample from before the last one: only a replay can put it in its place."""
        return self.last_us is not None and at_us < self.last_us


def smallest_scale(tag: Tag) -> float:
    """The smallest standard deviation that means anything: the deadband, or one step of an integer register."""
    step = abs(tag.scale) if "float" not in tag.type else 0.0
    return max(tag.deadband, step)
