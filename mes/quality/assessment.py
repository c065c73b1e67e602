"""Subgroups and limits → a judged control chart: points, signals, capability, false alarms. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from config.rules.chart_rule_sets import RuleSet
from config.rules.chart_rules import Signal, signals_of
from mes.quality.capability import Capability, capability_of
from mes.quality.charts import VARIABLE, Limits, Point, Subgroup, complete, limits_of, points_of
from mes.quality.run_length import Autocorrelation, RunLength, autocorrelation_of, run_length
from mes.quality.verdict import Characteristic

NAN = float("nan")
SPREAD_RULE = "spread_beyond_limits"


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """The run length of an unchanged process: with the autocorrelation that was measured, and without any."""

    measured: Autocorrelation | None
    run_length: RunLength | None
    independent: RunLength


@dataclass(frozen=True, slots=True)
class Assessment:
    """A judged chart; `limits` are the frozen ones (phase 2) or those of its own subgroups (phase 1), None for none."""

    phase: int
    limits: Limits | None
    points: list[Point]
    signals: list[Signal]
    capability: Capability | None
    false_alarms: FalseAlarms | None
    complete: int
    missing: int

    @property
    def stable(self) -> bool | None:
        """Whether no signal is on the chart; None where there are no limits, so that nobody knows."""
        return None if self.limits is None else not self.signals


def assess(asked: Characteristic, subgroups: Sequence[Subgroup], rules: RuleSet, frozen: Limits | None) -> Assessment:
    """The chart of a characteristic."""
    own = limits_of(subgroups, asked.chart, asked.size)
    limits = frozen or own
    points = points_of(subgroups, asked.chart, asked.size, limits)
    z = [NAN if point.z is None else point.z for point in points]
    signals = signals_of(z, rules) if limits is not None else []
    signals += [Signal(SPREAD_RULE, n, (n,)) for n, point in enumerate(points) if point.spread_signal]
    whole = sum(complete(subgroup, asked.chart, asked.size) for subgroup in subgroups)
    lsl, usl = (None if one is None else float(one) for one in (asked.lsl, asked.usl))
    return Assessment(
        phase=1 if frozen is None else 2,
        limits=limits,
        points=points,
        signals=sorted(signals, key=lambda signal: signal.at),
        capability=capability_of(subgroups, asked.chart, asked.size, own, lsl, usl),
        false_alarms=None if limits is None else _false_alarms(asked, subgroups, points, rules, limits),
        complete=whole,
        missing=len(subgroups) - whole,
    )


def _false_alarms(
    asked: Characteristic, subgroups: Sequence[Subgroup], points: Sequence[Point], rules: RuleSet, limits: Limits
) -> FalseAlarms:
    measured = autocorrelation_of([NAN if point.value is None else point.value for point in points])
    size = asked.size
    if asked.chart not in VARIABLE:
        sizes = [subgroup.of for subgroup in subgroups if subgroup.of]
        size = round(sum(sizes) / len(sizes)) if sizes else asked.size
    independent = run_length(asked.chart, rules, 0.0, limits.centre, size)
    if measured is None:
        return FalseAlarms(None, None, independent)
    return FalseAlarms(measured, run_length(asked.chart, rules, measured.value, limits.centre, size), independent)
