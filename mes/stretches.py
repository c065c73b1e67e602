"""A window in stretches in which nothing changes: state, stop, booking, plan, order, what is sure. Pure, vectorised."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from contract.sample import State
from mes.facts import Bools, Int64, MachineFacts, Span
from mes.policy import Element, Policy
from mes.terms import Terms

NO_DATA = int(State.NO_DATA)
ELEMENTS = (*Element, "no_data")
NO_DATA_ELEMENT = len(Element)
NEVER = np.iinfo(np.int64).max
LATER = -1


@dataclass(frozen=True, slots=True)
class Intervals:
    """The state intervals of a window with their true ends; one that is still open ends where it is known to.

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
class Stretches:
    """Parallel columns; `interval` indexes Intervals.

    A part may be in the machine when a blind stretch of planned time begins, and be finished in it: `flight` is its
    ideal cycle where one begins, `entry` where one goes on from before the window or ends there; elsewhere 0.
    """

    begin: Int64
    length: Int64
    interval: Int64
    planned: Bools
    scheduled: Bools
    ordered: Bools
    unsure: Bools
    blind: Bools
    flight: Int64
    entry: Int64


def intervals_of(facts: MachineFacts, policy: Policy, silence_us: int) -> Intervals:
    """The intervals of the state tape by a policy.

    The class of a stop depends on its true length only, so it is the same however a window cuts it.
    """
    begin = np.append(np.int64(facts.first_since_us), facts.state_at[1:])
    end = np.append(facts.state_at[1:], np.int64(facts.last_until_us))
    state = facts.state
    before = np.append(facts.state_before, state[:-1])
    after = np.append(state[1:], LATER if facts.state_after is None else facts.state_after)
    length = end - begin
    stop = (state != State.RUNNING) & (state != NO_DATA)
    may_be = among(policy.minor_states)[state]
    # What a machine was last heard to do is held for `silence_us`: so much of a stop before NO_DATA is not sure.
    sure = length - np.where(after == NO_DATA, np.minimum(length, silence_us), 0)
    ends_unseen = (before == NO_DATA) | (after == NO_DATA) | (after == LATER)
    minor = may_be & (length < policy.minor_stop_us)
    element = _elements(policy)[state]
    if policy.minor is not None:
        element = np.where(minor, ELEMENTS.index(policy.minor), element)
    undecided = may_be & ends_unseen & (sure < policy.minor_stop_us)
    return Intervals(begin, end, state, before, after, stop, minor, undecided, element)


def stretches_of(facts: MachineFacts, terms: Terms, intervals: Intervals, silence_us: int) -> Stretches:
    """The window cut wherever anything changes; lengths are its true ones inside the window."""
    dark = dark_spans(intervals, silence_us)
    blind = [*dark, *facts.blind]
    moved = intervals.undecided & _moves(terms.policy, intervals)
    unsure = [*blind, *zip(intervals.begin[moved].tolist(), intervals.end[moved].tolist(), strict=True)]
    ends = [*facts.order_at.tolist()[1:], facts.to_us]
    tape = zip(facts.order_at.tolist(), ends, facts.order, strict=True)
    ordered = [(begin, end) for begin, end, order in tape if order is not None]
    sets = [_bounds(spans) for spans in (terms.planned, terms.scheduled, ordered, unsure, blind)]
    pieces, cycles, _ = cycle_tape(facts, terms)
    points = np.concatenate([facts.state_at, pieces, [facts.from_us, facts.to_us], *(np.concatenate(s) for s in sets)])
    edges = np.unique(np.clip(points, facts.from_us, facts.to_us))
    begin, length = edges[:-1], np.diff(edges)
    interval = np.searchsorted(facts.state_at, begin, side="right") - 1
    planned, scheduled, in_order, is_unsure, is_blind = (inside(begin, s) for s in sets)
    was_blind = np.append(_dark_before(facts, intervals, blind), is_blind[:-1])
    was_planned = np.append(inside(begin[:1] - 1, sets[0]), planned[:-1])
    # Which product is made is known where a silence begins, and not within one.
    in_force = cycles[np.searchsorted(pieces, begin, side="right") - 1]
    cycle = np.where(was_blind, terms.ideal.longest(facts.machine), in_force)
    # What becomes known at the very end of a silence was made in it.
    starts = planned & np.where(was_blind, ~was_planned, is_blind)
    goes_on = planned & was_blind & was_planned & (begin == facts.from_us)
    flight, entry = np.where(starts, cycle, 0), np.where(goes_on, cycle, 0)
    return Stretches(begin, length, interval, planned, scheduled, in_order, is_unsure, is_blind, flight, entry)


def elapsed(stretches: Stretches, chosen: Bools) -> Callable[[Int64], Int64]:
    """How much of the chosen stretches lies before each instant of the window."""
    length = np.where(chosen, stretches.length, 0)
    sums = np.concatenate((np.zeros(1, np.int64), np.cumsum(length)))

    def before(at: Int64) -> Int64:
        number = np.searchsorted(stretches.begin, at, side="right") - 1
        found: Int64 = sums[number] + np.where(chosen[number], at - stretches.begin[number], 0)
        return found

    return before


def dark_spans(intervals: Intervals, silence_us: int) -> list[Span]:
    """NO_DATA, and the time before it in which the last state was held though nobody was heard; whole, in order."""
    no_data = intervals.state == NO_DATA
    falls_silent = ~no_data & (intervals.after == NO_DATA)
    held = np.maximum(intervals.begin, intervals.end - silence_us)
    begin = np.where(no_data, intervals.begin, held)
    chosen = no_data | falls_silent
    return list(zip(begin[chosen].tolist(), intervals.end[chosen].tolist(), strict=True))


def _dark_before(facts: MachineFacts, intervals: Intervals, blind: Iterable[Span]) -> bool:
    """Whether the last instant before the window is blind too."""
    start = facts.from_us
    falls_silent = intervals.state[0] == NO_DATA
    was_silent = intervals.begin[0] == start and intervals.before[0] == NO_DATA
    return bool(falls_silent or was_silent) or any(a < start <= b for a, b in blind)


def cycle_tape(facts: MachineFacts, terms: Terms) -> tuple[Int64, Int64, tuple[str | None, ...]]:
    """From when on which ideal cycle of which product holds in the window, microseconds a part."""
    changes = [at for at in terms.ideal.changes(facts.machine) if facts.from_us < at < facts.to_us]
    at = np.unique(np.concatenate([facts.product_at, np.array(changes, np.int64)]))
    in_force = np.maximum(np.searchsorted(facts.product_at, at, side="right") - 1, 0)
    products = tuple(facts.product[number] for number in in_force.tolist())
    cycles = [terms.ideal.at(facts.machine, p, a) for p, a in zip(products, at.tolist(), strict=True)]
    return at, np.array(cycles, np.int64), products


def inside(at: Int64, bounds: tuple[Int64, Int64]) -> Bools:
    """Which instants lie in spans, given as their begins and ends, in order and apart."""
    begins, ends = bounds
    if not begins.size:
        return np.zeros(at.size, np.bool_)
    number = np.searchsorted(begins, at, side="right") - 1
    found = np.zeros(at.size, np.bool_)
    found[:] = (number >= 0) & (at < ends[np.maximum(number, 0)])
    return found


def bounds_of(spans: Sequence[Span]) -> tuple[Int64, Int64]:
    """Begins and ends of spans that are in order and apart."""
    return np.array([a for a, _ in spans], np.int64), np.array([b for _, b in spans], np.int64)


def _bounds(spans: Iterable[Span]) -> tuple[Int64, Int64]:
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        elif start < end:
            joined.append((start, end))
    return bounds_of(joined)


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
