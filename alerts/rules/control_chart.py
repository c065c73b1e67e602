"""Means of a value over equal slices of time → a point of a control chart each, and the rules that it breaks. Pure."""

import math
from collections import deque

from alerts.rules.tapes import Verdict, us
from config.device import Machine, Role
from config.rules.chart_rules import LONGEST, signals_of
from config.rules.values import SpcRule
from contract.sample import State

Said = tuple[Verdict, float | str | None]
NOTHING: Said = (Verdict.HOLD, None)


class ControlChart:
    """One rule on one machine: a point a slice, of what was read while the machine ran; NaN where nothing was."""

    def __init__(self, rule: SpcRule, machine: Machine) -> None:
        self.rule, self.machine = rule, machine.id
        state = machine.tag_of(Role.STATE)
        self.state_tag = state.name if state else None
        self.hears = frozenset({rule.tag} | ({state.name} if state else set()))
        self.every_us, self.hold_us = us(rule.every), us(machine.no_data_after)
        self.memory_us = (LONGEST + 2) * self.every_us + 2 * self.hold_us
        self.runs, self.state_us = state is None, 0
        self.slice, self.sum, self.count = 0, 0.0, 0
        self.points: deque[float] = deque(maxlen=LONGEST + 1)

    def feed(self, at_us: int, tag: str, value: float | None, now_us: int | None) -> Said:
        """ON when the slice that has ended breaks a rule, OFF when it does not; late samples are of no slice."""
        del now_us
        if tag == self.state_tag:
            if at_us >= self.state_us:
                self.state_us, self.runs = at_us, value == State.RUNNING
            return NOTHING
        number = at_us // self.every_us
        if number < self.slice:
            return NOTHING
        said = self._ended(number) if number > self.slice else NOTHING
        known = self.state_tag is None or at_us - self.state_us <= self.hold_us
        if value is not None and math.isfinite(value) and self.runs and known:
            self.sum, self.count = self.sum + value, self.count + 1
        return said

    def tick(self, now_us: int) -> Said:
        """Nothing: a slice ends with the first sample of the next one."""
        del now_us
        return NOTHING

    def _ended(self, number: int) -> Said:
        """Put down the point of the slice before, NaN for those that were skipped, and judge it."""
        mean = self.sum / self.count if self.count else math.nan
        skipped = number - self.slice - 1 if self.slice else 0
        self.slice, self.sum, self.count = number, 0.0, 0
        self.points.append((mean - self.rule.centre) / self.rule.sigma)
        broken = [one.rule for one in signals_of(tuple(self.points), self.rule.rules) if one.at == len(self.points) - 1]
        self.points.extend([math.nan] * min(skipped, LONGEST + 1))
        if math.isnan(mean):
            return NOTHING
        if broken:
            return Verdict.ON, f"{', '.join(broken)}, {mean:.4g}"
        return Verdict.OFF, mean
