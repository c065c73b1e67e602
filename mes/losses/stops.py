"""Facts of a machine and terms → its stops, and which reasons and states cost most. Pure.

The times are planned busy time inside the window, to the microsecond those of the Elements; a stop is counted in the
window that holds its begin. Where a reason was given to a part of a stop only, its time is split and the stop counts
for the reason at its begin.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from config.device import Machine
from contract.sample import State
from mes.facts.model import MachineFacts
from mes.kpi.columns import alone
from mes.kpi.evaluation import Evaluation
from mes.kpi.intervals import ELEMENTS, LATER, NO_DATA, begun, elapsed, intervals_of, slices_of
from mes.kpi.policy import Element, Loss
from mes.kpi.times import PLANNED_STOP


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop, or the slice of one that has one reason, with the true begin and end of the whole.

    `planned_us` is what it takes of planned busy time in the window. `counted`: it began in the window, in planned
    time, and this is its first slice. `open`: it goes on as far as is known.
    `undecided`: it may be of the other class.
    """

    machine: str
    begin_us: int
    end_us: int
    state: State
    reason: str | None
    element: Element
    loss: Loss
    minor: bool
    failure: bool
    counted: bool
    open: bool
    undecided: bool
    planned_us: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What stops that share a key cost together."""

    key: str | None
    stops: int
    us: int
    open: int
    undecided: int


def stops_of(machine: Machine, facts: MachineFacts, evaluation: Evaluation) -> list[Stop]:
    """The stops that reach into a window, the oldest first; those outside planned time take no time."""
    if facts.to_us <= facts.from_us:
        return []
    cols = alone(machine, facts, evaluation)
    intervals = intervals_of(cols)
    slices = slices_of(cols, intervals)
    in_force = intervals.element != PLANNED_STOP
    busy = slices.planned & in_force[slices.interval]
    before = elapsed(slices, busy)
    counted = begun(cols, intervals) & in_force
    losses = dict(evaluation.policy.losses)
    found = []
    edges = [*facts.state_at.tolist(), facts.to_us]
    for i in np.flatnonzero(intervals.stop).tolist():
        state = State(int(intervals.state[i]))
        pieces = _reasons(facts, edges[i], edges[i + 1])
        takes = np.diff(before(np.array([edges[i], *(end for _, end, _ in pieces)], np.int64))).tolist()
        for number, (_, _, reason) in enumerate(pieces):
            stop = Stop(
                machine=machine.id,
                begin_us=int(intervals.begin[i]),
                end_us=int(intervals.end[i]),
                state=state,
                reason=reason,
                element=Element(ELEMENTS[intervals.element[i]]),
                loss=losses[state],
                minor=bool(intervals.minor[i]),
                failure=state in evaluation.policy.failures and not bool(intervals.minor[i]),
                counted=bool(counted[i]) and number == 0,
                open=bool(intervals.after[i] == LATER),
                undecided=bool(intervals.undecided[i] | (intervals.before[i] == NO_DATA)),
                planned_us=takes[number],
            )
            found.append(stop)
    return found


def pareto(stops: Iterable[Stop], key: Callable[[Stop], str | None]) -> list[Cost]:
    """What stops cost by a key, the most expensive first; keys that cost nothing and counted nothing are left out."""
    found: dict[str | None, list[Stop]] = {}
    for stop in stops:
        found.setdefault(key(stop), []).append(stop)
    costs = [_cost(name, group) for name, group in found.items()]
    return sorted((c for c in costs if c.us or c.stops), key=lambda c: (-c.us, -c.stops, c.key or ""))


def _cost(key: str | None, stops: Sequence[Stop]) -> Cost:
    whole = {(s.machine, s.begin_us): s for s in stops}.values()
    return Cost(
        key=key,
        stops=sum(s.counted for s in stops),
        us=sum(s.planned_us for s in stops),
        open=sum(s.open for s in whole),
        undecided=sum(s.undecided for s in whole),
    )


def _reasons(facts: MachineFacts, begin: int, end: int) -> list[tuple[int, int, str | None]]:
    """[begin, end) by the reason in force."""
    first = int(np.searchsorted(facts.reason_at, begin, side="right")) - 1
    last = int(np.searchsorted(facts.reason_at, end, side="left"))
    edges = [begin, *facts.reason_at[first + 1 : last].tolist(), end]
    return list(zip(edges, edges[1:], facts.reason[first:last], strict=False))
