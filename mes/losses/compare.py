"""One machine's facts under two policies → what moved from where to where. Pure.

Each line is a class of time that the policies book differently, with the difference that it makes to every element;
the lines add up to the difference of the Elements exactly.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from itertools import pairwise

import numpy as np

from config.device import Machine
from contract.sample import State
from mes.facts.model import Bools, MachineFacts
from mes.facts.windowing import cut
from mes.kpi.columns import alone, cycle_tape
from mes.kpi.elements import Elements
from mes.kpi.evaluation import Evaluation
from mes.kpi.intervals import ELEMENTS, Intervals, begun, intervals_of, slices_of
from mes.kpi.policy import Policy
from mes.kpi.quantities import counters_of, counts_parts, quantities_of
from mes.kpi.times import elements_from, time_of


@dataclass(frozen=True, slots=True)
class Place:
    """Where a policy puts a slice of a state: its class, element and loss."""

    element: str
    loss: str | None
    minor: bool
    failure: bool


@dataclass(frozen=True, slots=True)
class What:
    """What moved: a state between places; without a state, rejects that count as start-up rejects or do not."""

    state: State | None = None
    here: Place | None = None
    there: Place | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """How much moved: planned time, what could have been made in it, stops that began, and the elements' difference."""

    us: int
    parts: Fraction
    stops: int
    difference: Elements

    def __add__(self, other: "Moved") -> "Moved":
        return Moved(
            self.us + other.us,
            self.parts + other.parts,
            self.stops + other.stops,
            self.difference + other.difference,
        )


Moves = Mapping[What, Moved]


def moves_of(machine: Machine, facts: MachineFacts, evaluation: Evaluation, other: Policy) -> Moves:
    """What is booked differently by `other` than by the policy of `evaluation`, the largest first."""
    if facts.to_us <= facts.from_us:
        return {}
    at, cycles, _ = cycle_tape(facts, evaluation)
    edges = [*at.tolist(), facts.to_us]
    return together(
        _piece(machine, cut(facts, begin, end), evaluation, replace(evaluation, policy=other), cycle)
        for (begin, end), cycle in zip(pairwise(edges), cycles.tolist(), strict=True)
    )


def together(parts: Iterable[Moves]) -> Moves:
    """Machines or slices of time as one; what makes no difference in sum is left out."""
    total: dict[What, Moved] = {}
    for moves in parts:
        for what, moved in moves.items():
            total[what] = total[what] + moved if what in total else moved
    kept = [(what, moved) for what, moved in total.items() if moved.difference != Elements()]
    return dict(sorted(kept, key=lambda item: -abs(item[1].us)))


def difference(moves: Moves) -> Elements:
    """What all moves make together."""
    return reduce(Elements.__add__, (moved.difference for moved in moves.values()), Elements())


def _piece(machine: Machine, facts: MachineFacts, one: Evaluation, other: Evaluation, cycle: int) -> Moves:
    here, there = (alone(machine, facts, evaluation) for evaluation in (one, other))
    mine, theirs = intervals_of(here), intervals_of(there)
    cuts_one, cuts_other = slices_of(here, mine), slices_of(there, theirs)
    stops = mine.stop & begun(here, mine)
    planned = np.zeros(mine.state.size, np.int64)
    np.add.at(planned, cuts_one.interval, np.where(cuts_one.planned, cuts_one.length, 0))

    def moved(chosen: Bools) -> Moved:
        us = int(planned[chosen].sum())
        (before,) = elements_from(time_of(here, mine, cuts_one, chosen), 1)
        (after,) = elements_from(time_of(there, theirs, cuts_other, chosen), 1)
        change = after - before
        if not counts_parts(machine):
            change += Elements(uncounted=change.planned)
        return Moved(us, Fraction(us, cycle), int((stops & chosen).sum()), change)

    found = {what: moved(chosen) for what, chosen in _classes(one.policy, mine, other.policy, theirs).items()}
    counters = counters_of(here)
    (made_here,), (made_there,) = (
        elements_from(quantities_of(cols, intervals, counters), 1)
        for cols, intervals in ((here, mine), (there, theirs))
    )
    made = made_there - made_here
    rejects = Moved(made.ideal_startup, Fraction(made.ideal_startup, cycle), 0, made)
    return {**found, What(): rejects}


def _classes(one: Policy, mine: Intervals, other: Policy, theirs: Intervals) -> dict[What, Bools]:
    """The intervals by what they are and where the two policies put them."""
    found: dict[What, Bools] = {}
    for i, state in enumerate(mine.state.tolist()):
        what = What(State(state), _place(one, mine, i), _place(other, theirs, i))
        found.setdefault(what, np.zeros(mine.state.size, np.bool_))[i] = True
    return found


def _place(policy: Policy, intervals: Intervals, i: int) -> Place:
    state, minor = State(int(intervals.state[i])), bool(intervals.minor[i])
    loss = dict(policy.losses).get(state)
    return Place(
        element=str(ELEMENTS[intervals.element[i]]),
        loss="minor_stops" if minor else loss and loss.value,
        minor=minor,
        failure=state in policy.failures and not minor,
    )
