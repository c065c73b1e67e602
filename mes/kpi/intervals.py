"""Windows in slices in which nothing changes: state, stop, booking, plan, order, what is sure. Pure, vectorised."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from contract.sample import State
from mes.facts.model import Bools, Int64
from mes.facts.source_tags import part_counters
from mes.kpi.columns import Columns, distinct, firsts, inside
from mes.kpi.long_windows import HOUR_US
from mes.kpi.policy import Element, Policy

NO_DATA = int(State.NO_DATA)
ELEMENTS = (*Element, "no_data")
NO_DATA_ELEMENT = len(Element)
LATER = -1
# Of which machines, begins, ends.
Spans = tuple[Int64, Int64, Int64]


@dataclass(frozen=True, slots=True)
class Intervals:
    """The state intervals of machines' windows with their true ends; one that is still open ends where it is known to.

    `stop`: it is a stop of any kind. `minor`: shorter than the policy's threshold, and of a state that may be.
    `undecided`: its true length was not seen, and may lie on the other side of the threshold.
    `element` indexes ELEMENTS.
    """

    begin: Int64
    end: Int64
    state: Int64
    before: Int64
    after: Int64
    stop: Bools
    minor: Bools
    undecided: Bools
    element: Int64


@dataclass(frozen=True, slots=True)
class Slices:
    """Parallel columns; `interval` indexes Intervals, `first` the first slice of each machine in these columns.

    No slice goes over a full hour of the clock. `unobserved`: neither state nor count is known. `outages`: it is
    unobserved, or a counter of parts was not read; `after_outage`: so was the instant before it.
    """

    first: Int64
    begin: Int64
    length: Int64
    interval: Int64
    planned: Bools
    scheduled: Bools
    ordered: Bools
    state_uncertain: Bools
    unobserved: Bools
    outages: Bools
    after_outage: Bools


def intervals_of(cols: Columns) -> Intervals:
    """The intervals of the machines' state tapes by the policy of their terms.

    The class of a stop depends on its true length only, so it is the same however a window cuts it.
    """
    policy, state, facts = cols.evaluation.policy, cols.state, cols.facts
    begin, end = cols.state_at.copy(), np.append(cols.state_at[1:], 0)
    begin[cols.first] = [one.first_since_us for one in facts]
    end[cols.last] = [one.last_until_us for one in facts]
    before, after = np.append(0, state[:-1]), np.append(state[1:], 0)
    before[cols.first] = [one.state_before for one in facts]
    after[cols.last] = [LATER if one.state_after is None else one.state_after for one in facts]
    length = end - begin
    stop = (state != State.RUNNING) & (state != NO_DATA)
    may_be = among(policy.minor_states)[state]
    # What a machine was last heard to do is held for its silence: so much of a stop before NO_DATA is not sure.
    sure = length - np.where(after == NO_DATA, np.minimum(length, cols.silence_us[cols.row]), 0)
    ends_unobserved = (before == NO_DATA) | (after == NO_DATA) | (after == LATER)
    minor = may_be & (length < policy.minor_stop_us)
    element = _elements(policy)[state]
    if policy.minor is not None:
        element = np.where(minor, ELEMENTS.index(policy.minor), element)
    undecided = may_be & ends_unobserved & (sure < policy.minor_stop_us)
    return Intervals(begin, end, state, before, after, stop, minor, undecided, element)


def slices_of(cols: Columns, intervals: Intervals) -> Slices:
    """The window cut wherever anything changes; lengths are its true ones inside the window."""
    axis, evaluation, machines = cols.axis, cols.evaluation, np.arange(len(cols.facts))
    moved = intervals.undecided & _moves(evaluation.policy, intervals)
    darkness, silences = unobserved_spans(cols, intervals), cols.silences(map(part_counters, cols.machines))
    undecided = (cols.row[moved], intervals.begin[moved], intervals.end[moved])
    sets = (
        cols.planned,
        axis.everywhere(evaluation.scheduled, machines.size),
        cols.ordered,
        axis.bounds(*_both(darkness, undecided)),
        axis.bounds(*darkness),
        axis.bounds(*_both(darkness, silences)),
    )
    starts, ends = axis.place(machines, axis.from_us), axis.place(machines, axis.to_us)
    cuts = [cut for bounds in sets for cut in bounds]
    first_hour, last = -(-axis.from_us.min() // HOUR_US) * HOUR_US, axis.to_us.max()
    hours = axis.place(machines[:, None], np.arange(first_hour, last, HOUR_US))
    edges = distinct(cols.state_place, cols.cycle_place, starts, ends, hours.ravel(), *cuts)
    row, begin = axis.instant(edges)
    inner = (begin >= axis.from_us[row]) & (begin < axis.to_us[row])
    place, row, begin, length = edges[inner], row[inner], begin[inner], np.diff(edges, append=0)[inner]
    interval = np.searchsorted(cols.state_place, place, side="right") - 1
    planned, scheduled, in_order, state_uncertain, unobserved, outages = (inside(place, bounds) for bounds in sets)
    first = firsts(row)
    after_outage = np.append(False, outages[:-1])
    after_outage[first] = inside(starts - 1, sets[-1]) | _silent_before(cols, intervals)
    return Slices(
        first, begin, length, interval, planned, scheduled, in_order, state_uncertain, unobserved, outages, after_outage
    )


def in_cells(cols: Columns, slices: Slices, edges: Int64) -> Slices:
    """The slices cut at some places more, where cells of the window begin; `first` is that of each cell."""
    old = cols.axis.place(cols.row[slices.interval], slices.begin)
    places = distinct(old, edges)
    number = np.searchsorted(old, places, side="right") - 1
    _, begin = cols.axis.instant(places)
    ends = slices.begin[number] + slices.length[number]
    following = np.append(begin[1:], 0)
    length = np.where(np.append(number[1:], -1) == number, following, ends) - begin
    columns = {name: getattr(slices, name)[number] for name in ("interval", "planned", "scheduled", "ordered")}
    seen = {
        name: getattr(slices, name)[number] for name in ("state_uncertain", "unobserved", "outages", "after_outage")
    }
    return Slices(np.searchsorted(places, edges), begin, length, **columns, **seen)


def begun(cols: Columns, intervals: Intervals) -> Bools:
    """Which intervals begin in the window and in planned time."""
    found: Bools = (intervals.begin >= cols.axis.from_us[cols.row]) & inside(cols.state_place, cols.planned)
    return found


def elapsed(slices: Slices, chosen: Bools) -> Callable[[Int64], Int64]:
    """How much of the chosen slices of one machine lies before each instant of the window."""
    length = np.where(chosen, slices.length, 0)
    sums = np.concatenate((np.zeros(1, np.int64), np.cumsum(length)))

    def before(at: Int64) -> Int64:
        number = np.searchsorted(slices.begin, at, side="right") - 1
        found: Int64 = sums[number] + np.where(chosen[number], at - slices.begin[number], 0)
        return found

    return before


def unobserved_spans(cols: Columns, intervals: Intervals) -> Spans:
    """NO_DATA, and the time before it in which the last state was held though nobody was heard; whole, in order."""
    no_data = intervals.state == NO_DATA
    falls_silent = ~no_data & (intervals.after == NO_DATA)
    held = np.maximum(intervals.begin, intervals.end - cols.silence_us[cols.row])
    begin = np.where(no_data, intervals.begin, held)
    chosen = no_data | falls_silent
    return cols.row[chosen], begin[chosen], intervals.end[chosen]


def _both(one: Spans, other: Spans) -> Spans:
    row, begin, end = (np.concatenate(columns) for columns in zip(one, other, strict=True))
    return row, begin, end


def _silent_before(cols: Columns, intervals: Intervals) -> Bools:
    """Of which machines a silence begins or ends exactly with the window: the instant before it is unobserved too."""
    begins = intervals.begin[cols.first] == cols.axis.from_us
    silent: Bools = (cols.state[cols.first] == NO_DATA) | (begins & (intervals.before[cols.first] == NO_DATA))
    return silent


@cache
def among(states: frozenset[State]) -> Bools:
    """By state code, whether it is one of these."""
    found: Bools = np.array([state in states for state in State], np.bool_)
    return found


@cache
def _elements(policy: Policy) -> Int64:
    """ELEMENTS index by state code."""
    booking = dict(policy.booking)
    return np.array([ELEMENTS.index(booking[s]) if s in booking else NO_DATA_ELEMENT for s in State], np.int64)


def _moves(policy: Policy, intervals: Intervals) -> Bools:
    """Stops that would be booked to another element were they of the other class."""
    if policy.minor is None:
        return np.zeros(intervals.state.size, np.bool_)
    moves: Bools = np.not_equal(_elements(policy)[intervals.state], ELEMENTS.index(policy.minor))
    return moves
