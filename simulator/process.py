"""Process values of one machine: temperature, motor current, pressure, anything else. Pure."""

import math
from collections.abc import Mapping
from random import Random
from typing import Protocol

from config.device import Tag
from simulator.pace import Pace, Trouble

AMBIENT_C = 23.0
LOAD: Mapping[str, float] = {"running": 1.0, "setup": 0.45, "starved": 0.25, "blocked": 0.25, "idle": 0.2, "down": 0.12}


class Gauge(Protocol):
    """Something that moves with the state of its machine; the value is in the tag's unit."""

    value: float

    def move(self, seconds: float, state: str) -> None:
        """Let time pass in this state."""


class Spell:
    """A rare phase that comes over a running machine."""

    def __init__(self, trouble: Trouble, rng: Random) -> None:
        self._trouble = trouble
        self._rng = rng
        self._left_s = 0.0

    def on(self, seconds: float, running: bool) -> bool:
        """Whether the phase reigns, after this much more time."""
        self._left_s -= seconds
        if self._left_s <= 0 and running and self._rng.random() < seconds / self._trouble.every_s:
            self._left_s = self._rng.uniform(*self._trouble.lasts_s)
        return self._left_s > 0


class Wander:
    """A slow drift around 0 with standard deviation `spread`."""

    def __init__(self, rng: Random, spread: float, memory_s: float) -> None:
        self._rng = rng
        self._spread = spread
        self._memory_s = memory_s
        self.value = rng.gauss(0, spread)

    def move(self, seconds: float) -> float:
        """The drift after this much more time."""
        kept = math.exp(-seconds / self._memory_s)
        self.value = self.value * kept + self._rng.gauss(0, self._spread) * math.sqrt(1 - kept * kept)
        return self.value


class Temperature:
    """Rises while running, cools while not, drifts; a lost cooling drives it up."""

    def __init__(self, rng: Random, pace: Pace) -> None:
        self._hot = rng.uniform(44, 58)
        self._drift = Wander(rng, 1.5, 1800)
        self._lost_cooling = Spell(pace.overheating, rng)
        self._warmth = self._hot
        self.value = self._hot

    def move(self, seconds: float, state: str) -> None:
        """Towards the temperature of the state, most of the way in ten minutes."""
        target = AMBIENT_C + (self._hot - AMBIENT_C) * (0.3 + 0.7 * LOAD.get(state, 0.0))
        if self._lost_cooling.on(seconds, state == "running"):
            target += 40
        self._warmth += (target - self._warmth) * (1 - math.exp(-seconds / 300))
        self.value = self._warmth + self._drift.move(seconds)


class Current:
    """Follows the load with noise; sometimes a bearing or a belt makes it odd."""

    def __init__(self, rng: Random, pace: Pace) -> None:
        self._full = rng.uniform(11, 19)
        self._rng = rng
        self._odd = Spell(pace.odd_current, rng)
        self.value = self._full

    def move(self, seconds: float, state: str) -> None:
        """The current of the state, at once."""
        odd = 1.6 if self._odd.on(seconds, state == "running") else 1.0
        load = LOAD.get(state, 0.03)
        self.value = max(0.0, self._full * load * odd * self._rng.gauss(1, 0.015))


class Around:
    """Anything else: near its set point, with a slow drift and a little noise."""

    def __init__(self, rng: Random, set_point: float, spread: float) -> None:
        self._set_point = set_point
        self._rng = rng
        self._noise = spread / 4
        self._drift = Wander(rng, spread, 900)
        self.value = set_point

    def move(self, seconds: float, state: str) -> None:  # noqa: ARG002  - the same in every state, but a gauge is told
        """A little further."""
        self.value = self._set_point + self._drift.move(seconds) + self._rng.gauss(0, self._noise)


def gauge_of(tag: Tag, rng: Random, pace: Pace) -> Gauge:
    """The gauge that fits a tag's unit."""
    if tag.unit in ("°C", "C", "degC"):
        return Temperature(rng, pace)
    if tag.unit == "A":
        return Current(rng, pace)
    if tag.unit in ("bar", "MPa"):
        scale = 1.0 if tag.unit == "bar" else 0.1
        return Around(rng, 6.0 * scale, 0.08 * scale)
    return Around(rng, 50.0, 1.0)
