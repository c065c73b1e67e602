"""An anomaly rule on one machine: samples in, verdicts with their reasons out. Pure but for memory."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from alerts.detectors.anomaly import BACK, Anomalies, Budget, Figure, Judgement
from alerts.detectors.cells import Cell, Cells, Heard
from alerts.detectors.drift import time_to_limit_us
from alerts.detectors.memory import take_in, to_bytes
from alerts.detectors.values import smallest_scale
from alerts.rules.tapes import Verdict, us
from config.device import Machine, Role, Tag
from config.rules.kinds import CYCLE_TIME, MOST_TAGS, Anomaly, AnyRule, Threshold
from contract.sample import MICROSECOND

BLOCK = timedelta(hours=1)
LEARNED_BLOCKS = 24  # of the time that is learned before the first alarm
LEAST_CELLS = 12
MOST_TOLD = 3
LEAST_PART = 0.15
COUNTERS = (Role.TOTAL_COUNT, Role.GOOD_COUNT)


@dataclass(frozen=True, slots=True)
class TagDeviation:
    """One tag that is unusual: what it is now, what is usual, `part` of the whole deviation."""

    tag: str
    value: float
    usual: float
    spread: float
    part: float


@dataclass(frozen=True, slots=True)
class Deviation:
    """What is unusual and by how much; 1 is the limit.

    `since_us`: when a lasting shift began. `to_limit`: until the first tag reaches its fixed limit as it drifts now.
    """

    figure: Figure
    level: float
    tags: tuple[TagDeviation, ...]
    since_us: int | None = None
    to_limit: timedelta | None = None


class MachineAnomalies:
    """What is changed by samples; `saved_us` is the end of the last block, `changed` until it has been saved."""

    def __init__(self, rule: Anomaly, machine: Machine, rules: Sequence[AnyRule] = ()) -> None:
        self.rule, self.machine = rule, machine.id
        self.tags = watched_tags(rule, machine)
        state, counter = machine.tag_of(Role.STATE), counter_of(machine)
        self.heard = Heard(self.tags, _name(state), _name(counter), us(machine.no_data_after))
        by_name = {tag.name: tag for tag in machine.tags}
        self.units = tuple(by_name[tag].unit if tag in by_name else "s" for tag in self.tags)
        self.limits = {tag: _limits(tag, machine, rules) for tag in self.tags}
        least = [smallest_scale(by_name[tag]) if tag in by_name else 0.0 for tag in self.tags]
        cell_us = us(rule.every)
        self.block = max(LEAST_CELLS, us(min(BLOCK, rule.learns / LEARNED_BLOCKS)) // cell_us)
        budget = Budget(rule.budget.count, us(rule.budget.period), us(rule.learns))
        self.made = Anomalies(least, cell_us, self.block, budget)
        self.cells = Cells(self.heard, cell_us)
        self.product: str | None = None
        self.values = np.full(len(self.tags), np.nan)
        self.saved_us, self.changed = 0, True

    @property
    def hears(self) -> set[str]:
        """Names of the tags whose samples it wants."""
        others = {self.heard.state, self.heard.counter} - {None}
        return (set(self.tags) | {str(name) for name in others}) - (set() if self._reads_cycle else {CYCLE_TIME})

    @property
    def _reads_cycle(self) -> bool:
        return self.heard.counter is None

    @property
    def memory_us(self) -> int:
        """How far back samples are wanted that may not be in what was saved."""
        return max(2 * self.block * self.made.cell_us, us(BLOCK))

    def makes(self, product: str | None) -> None:
        """What the machine makes from now on; after a change nothing is a continuation."""
        if product != self.product:
            self.product = product
            self.made.interrupt()

    def feed(self, at_us: int, tag: str, value: float | None) -> Iterator[tuple[Verdict, Deviation | None]]:
        """One more sample of a tag; what the cells say that ended with it."""
        for cell in self.cells.feed(at_us, tag, value):
            if cell.began_us >= self.saved_us:
                yield self._judge(cell)

    def take_in(self, kept: bytes, until_us: int) -> None:
        """What was saved when a block ended; nothing when the rule now watches other tags."""
        if take_in(self.made, kept):
            self.saved_us, self.changed = until_us, False

    @property
    def watches(self) -> str:
        """What was learned belongs to this."""
        return f"{self.made.cell_us}: {' '.join(self.tags)}"

    def told(self) -> list[dict[str, object]]:
        """What people are shown of each tag; null while not known."""
        usual, spread = self.made.usual_span(self.product)
        joint = self.made.joint if self.made.ready else math.inf
        middle = self.made.middle[0]
        top, bottom = joint * (self.made.top[0] - middle), joint * (self.made.bottom[0] - middle)
        known = len(self.made.blocks) > 0
        figures = (usual, spread, usual + top, usual + bottom)
        rows: list[dict[str, object]] = []
        for i, (tag, unit) in enumerate(zip(self.tags, self.units, strict=True)):
            found = [float(figure[i]) if known and math.isfinite(figure[i]) else None for figure in figures]
            rows.append(
                {"tag": tag, "unit": unit} | dict(zip(("usual", "spread", "top", "bottom"), found, strict=True))
            )
        return rows

    def to_bytes(self) -> bytes:
        """What is to be saved; only between two blocks."""
        return to_bytes(self.made)

    def _judge(self, cell: Cell) -> tuple[Verdict, Deviation | None]:
        if not cell.follows:
            self.made.interrupt()
        seen = self.made.blocks.seen
        self.values = cell.values
        found = self.made.step(cell.began_us, cell.values, self.product)
        if self.made.blocks.seen != seen:
            self.changed, self.saved_us = True, cell.began_us + self.made.cell_us
        if found.open:
            return Verdict.ON, self._deviation(found)
        return (Verdict.OFF if found.level < BACK and self.made.ready else Verdict.HOLD), None

    def _deviation(self, found: Judgement) -> Deviation:
        figure = list(Figure)[int(np.nanargmax(np.nan_to_num(found.scores, nan=-math.inf)))]
        parts = self.made.parts(figure)
        usual, spread = self.made.usual_span(self.product)
        told = [i for i in np.argsort(-parts) if parts[i] >= LEAST_PART and math.isfinite(self.values[i])][:MOST_TOLD]
        tags = tuple(
            TagDeviation(self.tags[i], float(self.values[i]), float(usual[i]), float(spread[i]), float(parts[i]))
            for i in told
        )
        if figure is not Figure.SHIFT or not told:
            return Deviation(figure, found.level, tags)
        since_us = self.made.cusum.began_us(told[0])
        return Deviation(figure, found.level, tags, since_us, self._to_limit(told[0], since_us))

    def _to_limit(self, place: int, since_us: int) -> timedelta | None:
        reference = self.made.reference.of(self.product)
        blocks = self.made.blocks
        if reference is None:
            return None
        means = blocks.means[:, place] + reference[place]
        left_us = time_to_limit_us(list(blocks.ends_us), means, since_us, self.limits[self.tags[place]])
        return None if left_us is None else left_us * MICROSECOND


def watched_tags(rule: Anomaly, machine: Machine) -> tuple[str, ...]:
    """The rule's tags that the machine has, or all of its process values that are numbers, and its cycle time."""
    has = {tag.name for tag in machine.tags if is_figure(tag)}
    if machine.tag_of(Role.CYCLE_TIME) is None and counter_of(machine):
        has.add(CYCLE_TIME)
    if rule.tags:
        return tuple(tag for tag in rule.tags if tag in has)
    named = [tag.name for tag in machine.tags if tag.name in has]
    return tuple([*named, *([CYCLE_TIME] if CYCLE_TIME in has and CYCLE_TIME not in named else [])][:MOST_TAGS])


def is_figure(tag: Tag) -> bool:
    """True for a measured number."""
    return tag.role in (Role.PROCESS_VALUE, Role.CYCLE_TIME) and tag.type not in ("string", "bool")


def counter_of(machine: Machine) -> Tag | None:
    """The counter that tells the cycle time, None where a tag tells it or nothing counts."""
    if machine.tag_of(Role.CYCLE_TIME) is not None:
        return None
    return next((tag for role in COUNTERS if (tag := machine.tag_of(role))), None)


def _name(tag: Tag | None) -> str | None:
    return tag.name if tag else None


def _limits(tag: str, machine: Machine, rules: Sequence[AnyRule]) -> tuple[float, ...]:
    """Fixed limits of threshold rules on this tag."""
    of_tag = [rule for rule in rules if isinstance(rule, Threshold) and rule.tag == tag]
    mine = [rule for rule in of_tag if not rule.machines or machine.id in rule.machines]
    return tuple(limit for rule in mine for limit in (rule.above, rule.below) if limit is not None)
