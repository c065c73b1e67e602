"""Facts of a machine and terms → the six big losses, in microseconds and in parts. Pure.

Every microsecond of planned busy time is good ideal time, one of the six losses, or something that is none of them.
A line's parts are its time divided by the ideal cycle that was in force; exact fractions, so they close like the times.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

from config.device import Machine
from mes.facts.model import MachineFacts
from mes.facts.windowing import cut
from mes.kpi.columns import cycle_tape
from mes.kpi.elements import Elements
from mes.kpi.evaluation import Evaluation
from mes.kpi.times import elements_of


class Where(StrEnum):
    """Where planned busy time went."""

    GOOD = "good"  # ideal time of good parts: none of it is lost
    BREAKDOWN = "breakdown"
    SETUP = "setup"
    MINOR_STOPS = "minor_stops"
    REDUCED_SPEED = "reduced_speed"
    DEFECTS = "defects"
    STARTUP_REJECTS = "startup_rejects"
    NO_WORK = "no_work"  # nothing to make
    NO_DATA = "no_data"
    NOT_COUNTED = "not_counted"  # running time of a machine that tells no parts, or not then


FACTORS = {
    Where.BREAKDOWN: "availability",
    Where.SETUP: "availability",
    Where.MINOR_STOPS: "performance",
    Where.REDUCED_SPEED: "performance",
    Where.DEFECTS: "quality",
    Where.STARTUP_REJECTS: "quality",
}


@dataclass(frozen=True, slots=True)
class Lost:
    """One line of the balance; below 0 where a wrong ideal cycle or count makes more than the time allows."""

    us: int
    parts: Fraction

    def __add__(self, other: "Lost") -> "Lost":
        return Lost(self.us + other.us, self.parts + other.parts)


Balance = Mapping[Where, Lost]


def balance_of(machine: Machine, facts: MachineFacts, evaluation: Evaluation) -> Balance:
    """Where a machine's planned busy time went; the lines add up to PBT, and to the parts that would fit into it."""
    by_cycle = elements_by_cycle(machine, facts, evaluation)
    return added(_in_parts(times_of(e), cycle) for cycle, e in by_cycle.items())


def elements_by_cycle(machine: Machine, facts: MachineFacts, evaluation: Evaluation) -> dict[int, Elements]:
    """The Elements of the window by the ideal cycle in force, microseconds a part; all but UNOBSERVED add up to it."""
    if facts.to_us <= facts.from_us:
        return {}
    at, cycles, _ = cycle_tape(facts, evaluation)
    found: dict[int, Elements] = {}
    edges = [*at.tolist(), facts.to_us]
    for (begin, end), cycle in zip(pairwise(edges), cycles.tolist(), strict=True):
        found[cycle] = found.get(cycle, Elements()) + elements_of(machine, cut(facts, begin, end), evaluation)
    return found


def times_of(e: Elements) -> dict[Where, int]:
    """The balance of one machine in microseconds; the sum is `planned`.

    What was counted while the state was not known is in that time. What was made while nobody looked has no time here,
    so `reduced_speed` has all running time without an observed part; `unobserved` of the same Elements tells how much
    of it may be something else.
    """
    told = not e.uncounted
    ideal, good = e.ideal - e.ideal_time_state_unknown, e.ideal_good - e.ideal_time_good_state_unknown
    return {
        Where.GOOD: good,
        Where.BREAKDOWN: e.breakdown,
        Where.SETUP: e.setup_loss,
        Where.MINOR_STOPS: e.minor,
        Where.REDUCED_SPEED: e.running - e.running_uncounted - ideal if told else 0,
        Where.DEFECTS: ideal - good - e.ideal_startup,
        Where.STARTUP_REJECTS: e.ideal_startup,
        Where.NO_WORK: e.no_work,
        Where.NO_DATA: e.no_data,
        Where.NOT_COUNTED: e.running_uncounted if told else e.running,
    }


def added(balances: Iterable[Balance]) -> Balance:
    """Machines or slices of time as one."""
    total = dict.fromkeys(Where, Lost(0, Fraction(0)))
    for balance in balances:
        total = {where: lost + balance[where] for where, lost in total.items()}
    return total


def whole(balance: Balance) -> Lost:
    """Planned busy time, and the parts that fit into it at the ideal cycle."""
    return sum(balance.values(), start=Lost(0, Fraction(0)))


def _in_parts(times: Mapping[Where, int], cycle: int) -> Balance:
    return {where: Lost(us, Fraction(us, cycle)) for where, us in times.items()}
