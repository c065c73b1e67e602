"""The detector on the simulated machine-weeks: delays, misses, and false alarms beside the budget."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from alerts.detectors.anomaly import Anomalies, Budget
from tests.detect.floor import KINDS, LEAST, MINUTE_US, TAGS, WEEK, Fault, History, history

HOUR_US = 60 * MINUTE_US
ONE_A_WEEK = Budget(1, 168 * HOUR_US, 24 * HOUR_US)
AFTER = 8 * 60  # minutes: an alarm so soon after a fault has ended is of that fault
LONG_STOP = 30


@dataclass
class Result:
    """What came of it; delays are minutes, by kind of fault."""

    weeks: float = 0.0
    false: int = 0
    delays: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    missed: Counter[str] = field(default_factory=Counter)

    @property
    def false_a_week(self) -> float:
        """False alarms a machine and week."""
        return self.false / self.weeks


def alarms_of(one: History) -> list[int]:
    """The minutes in which alarms began."""
    made = Anomalies(LEAST, MINUTE_US, 60, ONE_A_WEEK)
    found, last, product, was_open = [], -LONG_STOP, "", False
    for minute, values, now in zip(one.minutes.tolist(), one.values, one.products, strict=True):
        if minute - last > LONG_STOP or now != product:
            made.interrupt()
        last, product = minute, now
        is_open = made.step(minute * MINUTE_US, values, now).open
        if is_open and not was_open:
            found.append(minute)
        was_open = is_open
    return found


def judged(machines: int, weeks: int, learning: int, faults_a_week: int, seed: int = 1) -> Result:
    """So many machines; faults begin two weeks after the learning, and false alarms count from its end."""
    result = Result()
    for number in range(machines):
        one = history(seed * 1000 + number, weeks, learning + 2, faults_a_week)
        count(result, one.faults, alarms_of(one), learning, weeks)
    return result


def count(result: Result, faults: list[Fault], alarms: list[int], learning: int, weeks: int) -> None:
    """One machine more."""
    result.weeks += weeks - learning
    mine = set()
    for fault in faults:
        of_it = [at for at in alarms if fault.begins <= at < fault.ends]
        mine |= {at for at in alarms if fault.begins <= at < fault.ends + AFTER}
        if of_it:
            result.delays[fault.kind].append(float(of_it[0] - fault.begins))
        else:
            result.missed[fault.kind] += 1
    result.false += sum(at >= learning * WEEK and at not in mine for at in alarms)


def report(result: Result) -> list[str]:
    """Lines for people."""
    lines = [
        f"{result.weeks:.0f} machine-weeks of {len(TAGS)} tags, budget 1 false alarm a machine and week: "
        f"{result.false} came, {result.false_a_week:.2f} a machine and week"
    ]
    for kind, delays in result.delays.items():
        all_of_it = len(delays) + result.missed[kind]
        if all_of_it:
            median = f"median delay {np.median(delays):5.0f} min" if delays else "never found"
            lines.append(f"  {kind:20} {len(delays):3} of {all_of_it:3} found, {median}, lasts {KINDS[kind][0]} min")
    return lines
