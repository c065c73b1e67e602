"""Facts of a machine and terms → its Elements. Pure; integers only.

Times close exactly, and every field adds up over any partition of the window, `Elements.following` each other.
"""

from functools import cache

import numpy as np

from config.device import Machine
from contract.sample import MICROSECOND, State
from mes.elements import Elements
from mes.facts import Bools, Int64, MachineFacts
from mes.making import counts_parts, making_of
from mes.policy import Element, Loss, Policy
from mes.stretches import (
    ELEMENTS,
    NO_DATA,
    Intervals,
    Stretches,
    among,
    bounds_of,
    inside,
    intervals_of,
    stretches_of,
)
from mes.terms import Terms

PLANNED_STOP = ELEMENTS.index(Element.PLANNED_STOP)
# By the number of an element.
BUSY = np.array([name in (Element.PRODUCING, Element.SETUP, Element.DELAY) for name in ELEMENTS], np.bool_)
PRODUCING = ELEMENTS.index(Element.PRODUCING)


def elements_of(machine: Machine, facts: MachineFacts, terms: Terms) -> Elements:
    """What a window of a machine is made of.

    Parts that became known outside planned time, in a break or after the shift, are not in here: OEE compares what was
    made in planned time with that time.
    """
    if facts.to_us <= facts.from_us:
        return Elements()
    silence_us = machine.no_data_after // MICROSECOND
    intervals = intervals_of(facts, terms.policy, silence_us)
    stretches = stretches_of(facts, terms, intervals, silence_us)
    time = time_of(facts, terms, intervals, stretches)
    uncounted = 0 if counts_parts(machine) else time.planned
    return time + making_of(machine, facts, terms, intervals) + Elements(uncounted=uncounted)


def time_of(
    facts: MachineFacts, terms: Terms, intervals: Intervals, stretches: Stretches, chosen: Bools | None = None
) -> Elements:
    """The times of a window, and the stops that begin in it; of the chosen intervals only, where some are given."""
    policy = terms.policy
    if chosen is None:
        chosen = np.ones(intervals.state.size, np.bool_)
    else:
        kept = chosen[stretches.interval]
        stretches = Stretches(*(getattr(stretches, name)[kept] for name in Stretches.__slots__))
    element = intervals.element[stretches.interval]
    state = intervals.state[stretches.interval]
    busy = stretches.planned & (element != PLANNED_STOP)

    def us(which: Bools) -> int:
        return int(stretches.length[which].sum())

    booked = {name: stretches.planned & (element == number) for number, name in enumerate(ELEMENTS)}
    ordered = stretches.planned & stretches.ordered
    in_busy = ordered & BUSY[element]
    in_producing = ordered & (element == PRODUCING)
    minor = intervals.minor[stretches.interval]
    longer = busy & intervals.stop[stretches.interval] & ~minor
    failed = longer & among(policy.failures)[state]
    loss = _losses(policy)[state]
    return Elements(
        calendar=int(stretches.length.sum()),
        scheduled=us(stretches.scheduled),
        planned=us(busy),
        **{str(name): us(which) for name, which in booked.items()},
        **{f"unsure_{name}": us(booked[name] & stretches.unsure) for name in Element},
        running=us(busy & (state == State.RUNNING)),
        minor=us(busy & minor),
        breakdown=us(longer & (loss == LOSSES.index(Loss.BREAKDOWN))),
        setup_loss=us(longer & (loss == LOSSES.index(Loss.SETUP))),
        no_work=us(longer & (loss == LOSSES.index(Loss.NO_WORK))),
        starved=us(busy & (state == State.STARVED)),
        blocked=us(busy & (state == State.BLOCKED)),
        repair=us(failed),
        repair_busy=us(failed & BUSY[element]),
        order_time=us(stretches.ordered),
        order_busy=us(in_busy),
        order_producing=us(in_producing),
        unsure_order=us(ordered & stretches.unsure),
        unsure_order_busy=us(in_busy & stretches.unsure),
        unsure_order_producing=us(in_producing & stretches.unsure),
        blind=us(stretches.planned & stretches.blind),
        blind_parts=_blind_parts(facts, terms, stretches),
        flight=int(stretches.flight.sum()),
        flight_parts=int(np.count_nonzero(stretches.flight)),
        entry=int(stretches.entry.sum()),
        entry_parts=int(np.count_nonzero(stretches.entry)),
        undecided=us(busy & intervals.undecided[stretches.interval]),
        **_stops(facts, terms, intervals, chosen),
    )


LOSSES = (*Loss, None)


@cache
def _losses(policy: Policy) -> Int64:
    """LOSSES index by state code."""
    losses = dict(policy.losses)
    return np.array([LOSSES.index(losses.get(state)) for state in State], np.int64)


def _stops(facts: MachineFacts, terms: Terms, intervals: Intervals, chosen: Bools) -> dict[str, int]:
    """Stops that begin in the window and in planned time; one that began before it was counted there."""
    loss_of = _losses(terms.policy)
    begun = (intervals.begin >= facts.from_us) & inside(intervals.begin, bounds_of(terms.planned))
    counted = chosen & begun & intervals.stop & (intervals.element != PLANNED_STOP)
    longer = counted & ~intervals.minor
    return {
        "unsure_stops": int((counted & (intervals.before == NO_DATA)).sum()),
        "minor_stops": int((counted & intervals.minor).sum()),
        "stops": int((longer & (loss_of[intervals.state] == LOSSES.index(Loss.BREAKDOWN))).sum()),
        "failures": int((longer & among(terms.policy.failures)[intervals.state]).sum()),
    }


def _blind_parts(facts: MachineFacts, terms: Terms, stretches: Stretches) -> int:
    """Multiples of the shortest ideal cycle inside blind planned time; a count that adds up however time is cut.

    Which product was made while nobody looked is not known either.
    """
    cycle = terms.ideal.shortest(facts.machine)
    chosen = stretches.planned & stretches.blind
    begin, length = stretches.begin[chosen], stretches.length[chosen]
    return int((((begin + length) // cycle) - (begin // cycle)).sum())
