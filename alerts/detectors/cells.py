"""Samples of one machine in any rhythm → cells of equal length, one value a tag. Pure but for memory.

A cell's value is the mean of the samples in it, or the last one before while that still holds, or else NaN.
Only cells in which the machine ran from end to end are given. Time is the time of the samples.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from alerts.detectors.limit import Floats
from config.rules.kinds import CYCLE_TIME
from contract.sample import State

LONGEST_STOP = 30  # cells: after a longer one the next cell is no continuation
MOST_COUNT = 1_000_000
HIGHEST = 1e30  # what lies nearer to the end of what a number can hold is no measurement, and spoils every sum


@dataclass(frozen=True, slots=True)
class Cell:
    """What was read while the machine ran; `follows`: hardly any time lies between it and the cell before."""

    began_us: int
    values: Floats
    follows: bool


@dataclass(frozen=True, slots=True)
class Heard:
    """Which samples make cells: their tags in order, and whence state and cycle time come, None without."""

    tags: tuple[str, ...]
    state: str | None
    counter: str | None
    holds_us: int


class Cells:
    """Feed it samples in the order of their times; a late one only counts from now on."""

    def __init__(self, heard: Heard, cell_us: int) -> None:
        self.heard, self.cell_us = heard, cell_us
        self.place = {tag: i for i, tag in enumerate(heard.tags)}
        size = len(heard.tags)
        self.last, self.last_us = np.full(size, np.nan), np.zeros(size, dtype=np.int64)
        self.sums, self.counts = np.zeros(size), np.zeros(size)
        self.began_us: int | None = None
        self.given_us: int | None = None
        self.running = self.ran = heard.state is None
        self.state_us = 0
        self.part: tuple[int, float] | None = None

    def feed(self, at_us: int, tag: str, value: float | None) -> Iterator[Cell]:
        """One more sample, None for BAD; the cells that ended before it."""
        yield from self._end_until(at_us)
        if tag == self.heard.state:
            self._state(at_us, value)
        elif tag in self.place and value is not None:
            self._value(at_us, self.place[tag], value)
        if tag == self.heard.counter and value is not None:
            self._count(at_us, value)

    def _end_until(self, at_us: int) -> Iterator[Cell]:
        if self.began_us is None:
            self._begin(at_us)
            return
        while at_us >= self.began_us + self.cell_us:
            cell = self._cell(self.began_us)
            if cell is not None:
                yield cell
            nothing = at_us - self.began_us > self.heard.holds_us + 2 * self.cell_us
            self._begin(at_us if nothing else self.began_us + self.cell_us)

    def _begin(self, at_us: int) -> None:
        self.began_us = at_us - at_us % self.cell_us
        self.sums[:] = self.counts[:] = 0.0
        self.ran = self.running

    def _cell(self, began_us: int) -> Cell | None:
        end_us = began_us + self.cell_us
        if not self.ran or (self.heard.state and end_us - self.state_us > self.heard.holds_us + self.cell_us):
            return None
        held = np.where(end_us - self.last_us <= self.heard.holds_us + self.cell_us, self.last, np.nan)
        values = np.where(self.counts > 0, self.sums / np.maximum(self.counts, 1), held)
        if np.isnan(values).all():
            return None
        follows = self.given_us is not None and began_us - self.given_us <= LONGEST_STOP * self.cell_us
        self.given_us = began_us
        return Cell(began_us, values, follows)

    def _state(self, at_us: int, value: float | None) -> None:
        if at_us >= self.state_us:
            self.state_us, self.running = at_us, value == State.RUNNING
            self.ran = self.ran and self.running
            self.part = self.part if self.running else None

    def _value(self, at_us: int, place: int, value: float) -> None:
        if at_us < self.last_us[place] or abs(value) > HIGHEST:
            return
        self.last[place], self.last_us[place] = value, at_us
        if self.began_us is not None and at_us >= self.began_us:
            self.sums[place] += value
            self.counts[place] += 1

    def _count(self, at_us: int, value: float) -> None:
        """A counter that steps while the machine runs tells the cycle time, in seconds, of the parts of that step."""
        place = self.place.get(CYCLE_TIME)
        if place is None or not self.running:
            return
        if self.part is not None and at_us > self.part[0] and 0 < value - self.part[1] < MOST_COUNT:
            self._value(at_us, place, (at_us - self.part[0]) / 1e6 / (value - self.part[1]))
        if self.part is None or value != self.part[1]:
            self.part = at_us, value
