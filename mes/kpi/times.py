"""Facts of machines and terms → their Elements. Pure; integers only.

Times close exactly, and every field adds up over any partition of the window; `UNOBSERVED` does over full hours.
"""

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from config.device import Machine
from contract.sample import State
from mes.facts.model import Bools, Int64, MachineFacts
from mes.kpi.columns import Columns, columns_of
from mes.kpi.elements import NAMES, Elements
from mes.kpi.evaluation import Evaluation
from mes.kpi.intervals import (
    ELEMENTS,
    NO_DATA,
    Intervals,
    Slices,
    among,
    begun,
    intervals_of,
    slices_of,
)
from mes.kpi.policy import Element, Loss, Policy
from mes.kpi.quantities import counters_of, counts_parts, quantities_of
from mes.kpi.unobserved_parts import unobserved_parts_of

PLANNED_STOP = ELEMENTS.index(Element.PLANNED_STOP)
# By the number of an element.
BUSY = np.array([name in (Element.PRODUCING, Element.SETUP, Element.DELAY) for name in ELEMENTS], np.bool_)
PRODUCING = ELEMENTS.index(Element.PRODUCING)


def elements_of(machine: Machine, facts: MachineFacts, evaluation: Evaluation) -> Elements:
    """What a window of a machine is made of.

    Parts that became known outside planned time, in a break or after the shift, are not in here: OEE compares what was
    made in planned time with that time.
    """
    return elements_of_each((machine,), (facts,), evaluation)[0]


def elements_of_all(machines: Sequence[Machine], facts: Sequence[MachineFacts], evaluation: Evaluation) -> Elements:
    """The sum over machines of one window."""
    columns = _columns(machines, facts, evaluation)
    return Elements(**{name: sum(numbers) for name, numbers in columns.items()})


def elements_of_each(
    machines: Sequence[Machine], facts: Sequence[MachineFacts], evaluation: Evaluation
) -> list[Elements]:
    """The same of machines in one window, computed together."""
    return elements_from(_columns(machines, facts, evaluation), len(facts))


def _columns(
    machines: Sequence[Machine], facts: Sequence[MachineFacts], evaluation: Evaluation
) -> dict[str, list[int]]:
    if not facts or facts[0].to_us <= facts[0].from_us:
        return {}
    cols = columns_of(machines, facts, evaluation)
    intervals = intervals_of(cols)
    slices, counters = slices_of(cols, intervals), counters_of(cols)
    time, made = time_of(cols, intervals, slices), quantities_of(cols, intervals, counters)
    planned = time["planned"]
    uncounted = {"uncounted": [0 if counts_parts(m) else us for m, us in zip(machines, planned, strict=True)]}
    return time | made | unobserved_parts_of(cols, intervals, slices, counters) | uncounted


def elements_from(columns: Mapping[str, Sequence[int]], machines: int) -> list[Elements]:
    """The Elements of each machine from the columns of some, the others 0."""
    none = [0] * machines
    return [Elements(*numbers) for numbers in zip(*(columns.get(name, none) for name in NAMES), strict=True)]


def time_of(cols: Columns, intervals: Intervals, slices: Slices, chosen: Bools | None = None) -> dict[str, list[int]]:
    """The times of each machine, and the stops that begin in its window; of chosen intervals only, where some are."""
    if chosen is None:
        chosen = np.ones(intervals.state.size, np.bool_)
    which = times_of(cols, intervals, slices)
    length = np.where(chosen[slices.interval], slices.length, 0)
    us, stops = summed(which, length, slices.first), summed(stops_of(cols, intervals), chosen, cols.first)
    return {name: numbers.tolist() for name, numbers in (us | stops).items()}


def times_of(cols: Columns, intervals: Intervals, slices: Slices) -> dict[str, Bools]:
    """Which slices are of each time."""
    policy = cols.evaluation.policy
    element = intervals.element[slices.interval]
    state = intervals.state[slices.interval]
    planned, state_uncertain = slices.planned, slices.state_uncertain
    busy = planned & (element != PLANNED_STOP)
    booked = {name: planned & (element == number) for number, name in enumerate(ELEMENTS)}
    in_order = planned & slices.ordered
    in_busy = in_order & BUSY[element]
    in_producing = in_order & (element == PRODUCING)
    minor = intervals.minor[slices.interval]
    runs = busy & (state == State.RUNNING)
    longer = busy & intervals.stop[slices.interval] & ~minor
    failed = longer & among(policy.failures)[state]
    loss = _losses(policy)[state]
    return {
        "calendar": np.ones(planned.size, np.bool_),
        "scheduled": slices.scheduled,
        "planned": busy,
        **{str(name): which for name, which in booked.items()},
        **{f"state_uncertain_{name}": booked[name] & state_uncertain for name in Element},
        "running": runs,
        "running_uncounted": runs & slices.outages & ~slices.unobserved,
        "minor": busy & minor,
        "breakdown": longer & (loss == LOSSES.index(Loss.BREAKDOWN)),
        "setup_loss": longer & (loss == LOSSES.index(Loss.SETUP)),
        "no_work": longer & (loss == LOSSES.index(Loss.NO_WORK)),
        "starved": busy & (state == State.STARVED),
        "blocked": busy & (state == State.BLOCKED),
        "repair": failed,
        "repair_busy": failed & BUSY[element],
        "order_time": slices.ordered,
        "order_busy": in_busy,
        "order_producing": in_producing,
        "state_uncertain_order": in_order & state_uncertain,
        "state_uncertain_order_busy": in_busy & state_uncertain,
        "state_uncertain_order_producing": in_producing & state_uncertain,
        "unobserved": planned & slices.unobserved,
        "undecided": busy & intervals.undecided[slices.interval],
    }


def summed(columns: Mapping[str, Bools], each: Int64 | Bools, first: Int64) -> dict[str, Int64]:
    """The sum of each column times `each`, for each machine or cell, of which `first` is the first row."""
    sums = np.add.reduceat(np.multiply(np.array([*columns.values()]), each, dtype=np.int64), first, axis=1)
    return dict(zip(columns, sums, strict=True))


LOSSES = (*Loss, None)


@cache
def _losses(policy: Policy) -> Int64:
    """LOSSES index by state code."""
    losses = dict(policy.losses)
    return np.array([LOSSES.index(losses.get(state)) for state in State], np.int64)


def stops_of(cols: Columns, intervals: Intervals) -> dict[str, Bools]:
    """Stops that begin in the window and in planned time; one that began before it was counted there."""
    loss = _losses(cols.evaluation.policy)[intervals.state]
    counted = begun(cols, intervals) & intervals.stop & (intervals.element != PLANNED_STOP)
    longer = counted & ~intervals.minor
    return {
        "state_uncertain_stops": counted & (intervals.before == NO_DATA),
        "minor_stops": counted & intervals.minor,
        "stops": longer & (loss == LOSSES.index(Loss.BREAKDOWN)),
        "failures": longer & among(cols.evaluation.policy.failures)[intervals.state],
    }
