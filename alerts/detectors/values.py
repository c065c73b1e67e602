"""Process values, one by one → does a threshold rule hold? Pure.

Time is the time of the samples, microseconds since 1970 UTC, because samples come when something changes.
Everything known is a function of the samples of the last `memory_us`, so a restart replays just those.
"""

from datetime import timedelta
from enum import Enum

from alerts.rules.persistence import Persistence
from alerts.rules.tapes import Verdict, us
from config.device import Machine, Tag
from config.rules.kinds import Threshold


class Side(Enum):
    """Where a value lies; BETWEEN is in the deadband."""

    BEYOND = "beyond"
    BETWEEN = "between"
    BACK = "back"


TRUTHS = {Side.BEYOND: True, Side.BETWEEN: None, Side.BACK: False}


def side_of_limit(rule: Threshold, value: float) -> Side:
    """Of a fixed limit, with its deadband on the good side."""
    sign, limit = (1, rule.above) if rule.above is not None else (-1, rule.below or 0.0)
    over = sign * (value - limit)
    return Side.BEYOND if over > 0 else Side.BACK if over <= -rule.deadband else Side.BETWEEN


class Detector:
    """One threshold rule on one machine; feed it samples in the order of their times."""

    def __init__(self, rule: Threshold, machine: Machine) -> None:
        self.rule = rule
        self.machine = machine.id
        hold_us = us(machine.no_data_after)
        self.persistence = Persistence(us(rule.delay), us(rule.off_delay), hold_us)
        self.memory_us = us(max(rule.delay, rule.off_delay)) + 2 * hold_us + us(timedelta(seconds=1))
        self.last_us: int | None = None
        self.last_value: float | None = None

    def feed(self, at_us: int, value: float | None, now_us: int | None = None) -> Verdict:
        """What one more sample says; None for BAD. `now_us` only for a sample that has just been read."""
        if value is None or (self.last_us is not None and at_us < self.last_us):
            return Verdict.HOLD
        self.last_us, self.last_value = at_us, value
        return self.persistence.feed(at_us, TRUTHS[side_of_limit(self.rule, value)], now_us)

    def tick(self, now_us: int) -> Verdict:
        """What the last value, still valid, says for long enough by now."""
        return self.persistence.tick(now_us)


def smallest_scale(tag: Tag) -> float:
    """The smallest standard deviation that means anything: the deadband, or one step of an integer register."""
    step = abs(tag.scale) if "float" not in tag.type else 0.0
    return max(tag.deadband, step)
