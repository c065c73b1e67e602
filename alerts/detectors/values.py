"""Process values, one by one → does a threshold or an anomaly rule hold? Pure.

Time is the time of the samples, microseconds since 1970 UTC, because samples come when something changes.
Everything known is a function of the samples of the last `memory_us`, so a restart replays just those.
"""

import math
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from alerts.rules.tapes import Verdict, us
from config.device import Machine, Role, Tag
from config.rules import Anomaly, Threshold
from contract.sample import State

WARM_UP_HALF_LIVES = 3.0
MEMORY_HALF_LIVES = 10
CLIP = 3.0  # robust standard deviations: what lies further out teaches no more than this
TO_SIGMA = math.sqrt(math.pi / 2)  # standard deviation of a normal course / its mean absolute deviation
LEAST_SCALE = 1e-3  # of the value itself: below this a course counts as constant


@dataclass(frozen=True, slots=True)
class Course:
    """What a value usually does: EWMA of value and of absolute deviation; `learned_us` is the time it took."""

    mean: float = 0.0
    deviation: float = 0.0
    weight: float = 0.0
    deviation_weight: float = 0.0
    learned_us: int = 0


def learn(course: Course, value: float, passed_us: int, half_life_us: int, sigma: float) -> Course:
    """The course after one more value; `sigma` is the scale by which an outlier is cut, infinite while unknown.

    The weights take the bias out of the beginning: the first value is the mean, not a step from 0.
    """
    share = -math.expm1(-math.log(2) * passed_us / half_life_us)
    weight = course.weight + share * (1 - course.weight)
    off = max(-CLIP * sigma, min(CLIP * sigma, value - course.mean)) if course.weight else value
    mean = course.mean + (share / weight if weight else 0.0) * off
    if not course.weight:
        return Course(mean, 0.0, weight, 0.0, course.learned_us + passed_us)
    deviation_weight = course.deviation_weight + share * (1 - course.deviation_weight)
    step = share / deviation_weight if deviation_weight else 0.0
    deviation = course.deviation + step * (abs(off) - course.deviation)
    return Course(mean, deviation, weight, deviation_weight, course.learned_us + passed_us)


class Side(Enum):
    """Where a value lies; BETWEEN is in the deadband, UNKNOWN when nothing may be said."""

    BEYOND = "beyond"
    BETWEEN = "between"
    BACK = "back"
    UNKNOWN = "unknown"


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
    """One threshold or anomaly rule on one machine; feed it samples in the order of their times.

    An anomaly is judged and learned only while the machine runs, where it has a state tag:
    a motor that stands draws no current, and that is no anomaly.
    """

    def __init__(self, rule: Threshold | Anomaly, machine: Machine) -> None:
        self.rule = rule
        self.machine = machine.id
        tag = next(tag for tag in machine.tags if tag.name == rule.tag)
        state_tag = machine.tag_of(Role.STATE) if isinstance(rule, Anomaly) else None
        self.state_tag = state_tag.name if state_tag else None
        self.floor = smallest_scale(tag)
        self.hold_us = us(machine.no_data_after)
        self.delay_us = us(rule.delay)
        self.memory_us = self._memory_us()
        self.forget()

    def forget(self) -> None:
        """As new; replay the samples of the last `memory_us` afterwards."""
        self.course = Course()
        self.running = self.state_tag is None
        self.state_us: int | None = None
        self.last_us: int | None = None
        self.last_value: float | None = None
        self.beyond_since_us: int | None = None
        self.heard: Heard | None = None

    def feed_state(self, at_us: int, state: float | None) -> None:
        """A sample of the machine's state; None for BAD."""
        if self.state_us is None or at_us >= self.state_us:
            self.state_us = at_us
            self.running = state == State.RUNNING

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
        side = self._side(value, min(passed_us, self.hold_us))
        if side is not Side.BEYOND:
            self.beyond_since_us = None
            return Verdict.OFF if side is Side.BACK else Verdict.HOLD
        if self.beyond_since_us is None or passed_us > self.hold_us:
            self.beyond_since_us = at_us
        return Verdict.ON if at_us - self.beyond_since_us >= self.delay_us else Verdict.HOLD

    def tick(self, now_us: int) -> Verdict:
        """ON when the last value, still valid, has been beyond for long enough by now; else HOLD."""
        since_us, last_us, heard = self.beyond_since_us, self.last_us, self.heard
        if since_us is None or last_us is None or heard is None or not self.running:
            return Verdict.HOLD
        held_us = min(now_us, heard.last_us + self.hold_us) - heard.first_us
        return Verdict.ON if last_us + held_us - since_us >= self.delay_us else Verdict.HOLD

    def is_late(self, at_us: int) -> bool:
        """True for a sample from before the last one: only a replay can put it in its place."""
        return self.last_us is not None and at_us < self.last_us

    def _side(self, value: float, passed_us: int) -> Side:
        if isinstance(self.rule, Threshold):
            return side_of_limit(self.rule, value)
        if not self.running:
            return Side.UNKNOWN
        return self._side_of_course(self.rule, value, passed_us)

    def _side_of_course(self, rule: Anomaly, value: float, passed_us: int) -> Side:
        """Of the value's own recent course, which then learns from it; back means at half the limit."""
        half_life_us = us(rule.half_life)
        course = self.course
        warm = course.learned_us >= WARM_UP_HALF_LIVES * half_life_us
        sigma = max(course.deviation * TO_SIGMA, self.floor, LEAST_SCALE * abs(course.mean))
        usable = course.deviation_weight > 0
        learned = learn(course, value, passed_us, half_life_us, sigma if warm else math.inf)
        # A value near the end of what a number can hold would leave a course that no value leaves again.
        self.course = learned if math.isfinite(learned.mean) and math.isfinite(learned.deviation) else Course()
        if not (warm and usable):
            return Side.UNKNOWN
        distance = abs(value - course.mean) / sigma if sigma else math.inf if value != course.mean else 0.0
        return Side.BEYOND if distance > rule.limit else Side.BACK if distance <= rule.limit / 2 else Side.BETWEEN

    def _memory_us(self) -> int:
        if isinstance(self.rule, Anomaly):
            return MEMORY_HALF_LIVES * us(self.rule.half_life)
        return us(self.rule.delay) + 2 * self.hold_us + us(timedelta(seconds=1))


def smallest_scale(tag: Tag) -> float:
    """The smallest standard deviation that means anything: the deadband, or one step of an integer register."""
    step = abs(tag.scale) if "float" not in tag.type else 0.0
    return max(tag.deadband, step)
