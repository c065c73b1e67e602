"""Cells of one machine → how unusual each is, in shares of a limit that keeps a budget. Pure but for memory.

Five figures are watched: each tag's value, its mean over some minutes, how far it is outside of what is usual at this
time of day, all tags together over a window, and a lasting shift. Each has a limit of its own, set from good
time for its part of the budget; as they often speak at once, one more limit over all of them brings the whole back to
the budget. Nothing is learned while the machine stands, while an alarm is open, and from the block before one.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from alerts.detectors.cusum import Cusum
from alerts.detectors.day_profile import DayProfile
from alerts.detectors.learned import Blocks, Reference
from alerts.detectors.limit import Floats, limit_of, limits_of, middles_of
from alerts.detectors.windows import LENGTH, Windows

MEAN = 20  # cells of the mean
DAILY = 12  # cells over which a value must be unusual for the time of day
BACK = 0.7  # of the limit: below it an alarm is over
SETTLED_BLOCKS = 8  # what has lasted for so long is what the machine does now
KEPT_BLOCKS = 1000
HALF_LIFE_BLOCKS = 168.0
EARLY_BLOCKS = 8
OFTEN_BLOCKS = 48
FIT_EVERY = 6
LEAST_JOINT = 0.2
TINY = 1e-9


class Figure(StrEnum):
    """What is unusual."""

    VALUE = "value"
    MEAN = "mean"
    TIME_OF_DAY = "time_of_day"
    TOGETHER = "together"
    SHIFT = "shift"


@dataclass(frozen=True, slots=True)
class Budget:
    """`allowed` false alarms in `period_us`; nothing is raised before `learns_us` of good time were seen."""

    allowed: float
    period_us: int
    learns_us: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """`level` 1 is the limit. `open`: an alarm stands. `scores`: each figure in shares of its limit, NaN unknown."""

    level: float
    open: bool
    scores: Floats


class Anomalies:
    """The detector of one machine. `least`: of each tag the smallest change that means anything."""

    def __init__(self, least: Sequence[float], cell_us: int, block: int, budget: Budget) -> None:
        self.tags, self.cell_us, self.block, self.budget = len(least), cell_us, block, budget
        self.least = np.maximum(np.asarray(least, dtype=float), TINY)
        self.reference = Reference(self.tags)
        self.windows = Windows(self.tags, HALF_LIFE_BLOCKS * block)
        self.day = DayProfile(self.tags)
        self.cusum = Cusum(self.tags)
        self.blocks = Blocks(self.tags, KEPT_BLOCKS)
        self.count, self.mean, self.variance = 0.0, np.zeros(self.tags), np.zeros(self.tags)
        self.between, self.scale = np.zeros(self.tags), np.ones(self.tags)
        self.recent, self.outside = np.zeros((0, self.tags)), np.zeros((0, self.tags))
        self.open, self.open_cells, self.settling = False, 0, False
        self.held: tuple[int, Floats] | None = None
        self.peaks: tuple[()] | tuple[Floats, Floats, Floats] = ()
        self._begin_block()
        self._no_limits()

    @property
    def learned_us(self) -> int:
        """How much good time has been seen, up to what is kept."""
        return len(self.blocks) * self.block * self.cell_us

    @property
    def ready(self) -> bool:
        """True once it may raise alarms."""
        return self.learned_us >= self.budget.learns_us and math.isfinite(self.joint)

    def interrupt(self) -> None:
        """The machine has stood or nothing was read: what comes is no continuation."""
        self.recent, self.outside = self.recent[:0], self.outside[:0]

    def step(self, at_us: int, values: Floats, product: str | None = None) -> Judgement:
        """One more cell of running time; NaN is a tag without a value."""
        reference = self.reference.of(product)
        if reference is None:
            self.reference.learn(product, values, self.block)
            return Judgement(0.0, self.open, np.full(len(Figure), np.nan))
        off = values - reference
        self.recent = np.concatenate((self.recent[-(MEAN - 1) :], off[None]))
        figures, scores = self._figures(off), self._scores(at_us, off)
        shares = self._shares(figures, figures, scores)
        level = _most(shares) / self.joint if self.ready else 0.0
        self._follow(level)
        self._keep(at_us, off, figures, scores)
        return Judgement(level, self.open, shares / self.joint if self.ready else np.full(len(Figure), np.nan))

    def parts(self, figure: Figure) -> Floats:
        """Of the latest cell, the part of each tag in what is unusual; they add up to 1."""
        match figure:
            case Figure.TOGETHER if len(self.recent) >= LENGTH:
                return self.windows.shares(self.recent[-LENGTH:])
            case Figure.SHIFT:
                parts = self.cusum.highest
            case Figure.TIME_OF_DAY if len(self.outside):
                parts = self.outside.mean(axis=0)
            case _:
                figures = self._figures(self.recent[-1])
                parts = np.fmax(np.fmax.reduce(self._sides(figures, figures), axis=0), 0.0)
        parts = np.nan_to_num(parts)
        return np.asarray(parts / max(float(parts.sum()), TINY))

    def usual_span(self, product: str | None) -> tuple[Floats, Floats]:
        """Of each tag the value that is usual with this product, and half of what it moves in a block."""
        reference = self.reference.of(product)
        middle = (np.zeros(self.tags) if reference is None else reference) + self.middle[0]
        half = (middles_of(self.blocks.highs[:, 0]) - middles_of(self.blocks.lows[:, 0])) / 2
        return middle, np.maximum(half, self.least)

    def _figures(self, off: Floats) -> Floats:
        mean = self.recent.mean(axis=0) if len(self.recent) >= MEAN else np.full(self.tags, np.nan)
        return np.stack((off, mean))

    def _scores(self, at_us: int, off: Floats) -> Floats:
        if not self.count:
            return np.full(3, np.nan)
        outside = self.day.outside(at_us, off) / self.scale
        self.outside = np.concatenate((self.outside[-(DAILY - 1) :], outside[None]))
        together = np.nan
        if self.tags > 1 and len(self.recent) >= LENGTH:
            together = self.windows.score(self.recent[-LENGTH:])
        return np.array([self.outside.mean(axis=0).max(), together, self.cusum.highest.max()])

    def _sides(self, high: Floats, low: Floats) -> Floats:
        """(figure, tag): where it lies between the middle, 0, and its limit, 1."""
        up = (high - self.middle) / (self.top - self.middle)
        return np.asarray(np.fmax(up, (self.middle - low) / (self.middle - self.bottom)))

    def _shares(self, high: Floats, low: Floats, scores: Floats) -> Floats:
        """Of each figure in shares of its own limit, 0 at its median."""
        sides = np.fmax.reduce(self._sides(high, low), axis=-1)
        return np.concatenate((sides, (scores - self.usual) / (self.limits - self.usual)), axis=-1)

    def _follow(self, level: float) -> None:
        """What lasts for long enough is learned as normal; until its limits fit it raises nothing again."""
        if level < BACK:
            self.open = self.settling = False
        elif self.open:
            self.open_cells += 1
            if self.open_cells > SETTLED_BLOCKS * self.block:
                self.cusum.end(np.ones(self.tags, dtype=bool))
                self.open, self.settling = False, True
        elif level > 1 and not self.settling:
            self.open, self.open_cells, self.held = True, 0, None
            self.cells.clear()

    def _keep(self, at_us: int, off: Floats, figures: Floats, scores: Floats) -> None:
        """Of an alarm, however long, only its peaks stay: it is one event."""
        if self.open:
            high, low, most = self.peaks or (figures, figures, scores)
            self.peaks = np.fmax(high, figures), np.fmin(low, figures), np.fmax(most, scores)
            self.cells.append(off)
            if len(self.cells) == self.block:
                self._add_up(at_us - self.block * self.cell_us, np.array(self.cells))
                self.cells.clear()
            return
        if self.peaks:
            high, low, most = self.peaks
            self.figures += [high, low]
            self.scores.append(most)
            self.peaks = ()
            self.cells.clear()
        self.figures.append(figures)
        self.scores.append(scores)
        if not self.cells:
            self.began_us = at_us
        self.cells.append(off)
        if len(self.scores) >= self.block:
            self._end_block(at_us)

    def _begin_block(self) -> None:
        self.figures: list[Floats] = []
        self.scores: list[Floats] = []
        self.cells: list[Floats] = []
        self.began_us = 0
        self.peaks = ()

    def _end_block(self, at_us: int) -> None:
        """A block of good time is learned one block later, when nothing has come of it."""
        figures = np.array(self.figures)
        high, low = np.fmax.reduce(figures, axis=0), np.fmin.reduce(figures, axis=0)
        scores = np.fmax.reduce(np.array(self.scores), axis=0)
        mean = self._add_up(at_us - self.block * self.cell_us, np.array(self.cells))
        early = self.blocks.seen < EARLY_BLOCKS
        self.blocks.add(at_us, high, low, mean, scores)
        ended = (self.began_us, np.array(self.cells)) if self.cells else None
        for block in (self.held, ended if early else None):
            if block is not None:
                self._learn(*block)
        self.held = None if early else ended
        self._begin_block()
        if self.blocks.seen < OFTEN_BLOCKS or self.blocks.seen % FIT_EVERY == 0:
            self.windows.fit(self.scale)
        self.set_limits()

    def _add_up(self, at_us: int, cells: Floats) -> Floats:
        """A lasting shift shows in the means of blocks, beside how much these usually differ; the mean."""
        mean = _mean(cells)
        if self.count >= 2:
            scaled = (mean - self.mean) / np.maximum(np.sqrt(self.between), self.least)
            self.cusum.add(at_us, scaled)
            if self.open:
                self.cusum.end(np.abs(scaled) < 1)
        return mean

    def _learn(self, at_us: int, cells: Floats) -> None:
        mean, variance = _mean(cells), np.nan_to_num(_mean((cells - _mean(cells)) ** 2))
        self.count = self.count * 0.5 ** (1 / HALF_LIFE_BLOCKS) + 1
        share = 1 / self.count
        step = np.nan_to_num(mean - self.mean)
        self.mean = self.mean + share * step
        self.variance = (1 - share) * (self.variance + share * step * step) + share * variance
        self.between = (1 - share) * (self.between + share * step * step)
        # A scale that followed every course would hide a slow one.
        if self.blocks.seen <= EARLY_BLOCKS:
            self.scale = np.maximum(np.sqrt(self.variance), self.least)
        self.day.learn(at_us, cells)
        self.day.sum_up()
        self.windows.learn(cells)

    def _no_limits(self) -> None:
        self.middle = np.zeros((2, self.tags))
        self.top, self.bottom = np.full((2, self.tags), np.inf), np.full((2, self.tags), -np.inf)
        self.usual, self.limits, self.joint = np.zeros(3), np.full(3, np.inf), math.inf

    def set_limits(self) -> None:
        highs, lows, peaks = self.blocks.highs, self.blocks.lows, self.blocks.scores
        if len(highs) < 2:
            return
        allowed = self.budget.allowed * self.blocks.span_us(self.block * self.cell_us) / self.budget.period_us
        each = allowed / (len(Figure) - (self.tags == 1))
        self.middle = (middles_of(highs) + middles_of(lows)) / 2
        self.usual = middles_of(peaks)
        flat = (len(highs), 2 * self.tags)
        side = each / 2 / self.tags
        top = limits_of(highs.reshape(flat), side).reshape(2, self.tags)
        bottom = -limits_of(-lows.reshape(flat), side).reshape(2, self.tags)
        self.top, self.bottom = np.fmax(top, self.middle + self.least), np.fmin(bottom, self.middle - self.least)
        self.limits = np.fmax(limits_of(peaks, each), self.usual + TINY)
        together = np.fmax.reduce(self._shares(highs, lows, peaks), axis=-1)
        self.joint = max(limit_of(together, allowed), LEAST_JOINT)


def _most(shares: Floats) -> float:
    """The highest that is known, 0 when nothing is."""
    known = shares[np.isfinite(shares)]
    return float(known.max()) if len(known) else 0.0


def _mean(cells: Floats) -> Floats:
    """Of each tag, cells without a value left out; NaN where none has one."""
    known = np.isfinite(cells)
    count = known.sum(axis=0)
    return np.asarray(np.where(count > 0, np.where(known, cells, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan))
