"""Facts of a line's machines → who waited for whom, and which machine holds up the others. Pure.

A starved machine waits for the one before it, a blocked one for the one after it. Where that one waits in the same way
itself, the cause lies further on. It is looked for moment by moment; what a silent machine did is unknown, not guessed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from config.device import Machine
from contract.sample import State
from mes.facts.model import Int64, MachineFacts
from mes.facts.windowing import merged
from mes.kpi.columns import alone, bounds_of, inside
from mes.kpi.elements import Elements
from mes.kpi.evaluation import Evaluation
from mes.kpi.intervals import NO_DATA, intervals_of, slices_of, unobserved_spans
from mes.kpi.rollup import elements_by_machine
from mes.kpi.scenarios import state_uncertain
from mes.kpi.times import PLANNED_STOP

NOBODY = -1
OPPOSITE = {State.STARVED: State.BLOCKED, State.BLOCKED: State.STARVED}


class WaitCause(StrEnum):
    """Why a machine waited."""

    STOP = "stop"  # the cause machine stood
    RUNNING = "running"  # it ran: too slowly, or what it made was still on its way
    BETWEEN = "between"  # it waited for this one in turn: something between the two is in the way
    OUTSIDE = "outside"  # supply before the line, or whatever comes after it
    UNKNOWN = "unknown"  # the cause machine, or the waiting one itself, was not heard


@dataclass(frozen=True, slots=True)
class Why:
    """A machine's waiting and its cause; `by` and `state` are None where no machine of the line is the cause."""

    machine: str
    waits: State
    cause: WaitCause
    by: str | None
    state: State | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Share:
    """What a machine has to do with the line's pace; `holds_up` is waiting of others, by its stops and while it ran."""

    machine: str
    elements: Elements
    holds_up_stopped: int
    holds_up_running: int

    @property
    def holds_up(self) -> int:
        """Waiting of others that it is the cause of."""
        return self.holds_up_stopped + self.holds_up_running


class Ground(StrEnum):
    """Why this machine, or none, is called the bottleneck."""

    HOLDS_UP_MOST = "holds_up_most"
    TIE = "tie"
    NOBODY_WAITED = "nobody_waited"
    NO_DATA = "no_data"


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """The machine that holds up the others longest, by `lead_us` longer than the next one.

    `doubt_us` is the waiting of which the cause, or whether there was any, is not known: below the lead, it cannot
    change the answer, and that is `certain`.
    """

    machine: str | None
    ground: Ground
    certain: bool
    lead_us: int
    doubt_us: int


@dataclass(frozen=True, slots=True)
class _Tape:
    """What a machine was heard to do: NO_DATA already from where it was last heard."""

    name: str
    at: Int64
    state: Int64
    facts: MachineFacts

    def states(self, at: Int64) -> Int64:
        """Its states at some instants of the window."""
        return self.state[np.searchsorted(self.at, at, side="right") - 1]

    def reason(self, at: int) -> str | None:
        """Why it stood, where somebody has said so."""
        return self.facts.reason[int(np.searchsorted(self.facts.reason_at, at, side="right")) - 1]


def waiting_of(
    machines: Sequence[Machine], facts: Mapping[str, MachineFacts], evaluation: Evaluation
) -> dict[Why, int]:
    """All waiting in planned busy time by its cause, microseconds; machines in the order in which parts pass them.

    Of each machine it adds up to the `starved` and the `blocked` of its Elements.
    """
    if not machines or facts[machines[0].id].to_us <= facts[machines[0].id].from_us:
        return {}
    tapes = [_tape(machine, facts[machine.id], evaluation) for machine in machines]
    found: dict[Why, int] = {}
    for i, machine in enumerate(machines):
        before, after = tapes[:i][::-1], tapes[i + 1 :]
        for waits, neighbours in ((State.STARVED, before), (State.BLOCKED, after)):
            for why, us in _waits(machine, tapes[i], evaluation, waits, neighbours):
                found[why] = found.get(why, 0) + us
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def shares_of(
    machines: Sequence[Machine], facts: Mapping[str, MachineFacts], evaluation: Evaluation, waiting: Mapping[Why, int]
) -> list[Share]:
    """What each machine has to do with the line's pace, in line order."""

    def caused(name: str, cause: WaitCause) -> int:
        return sum(us for why, us in waiting.items() if (why.by, why.cause) == (name, cause))

    return [
        Share(name, elements, caused(name, WaitCause.STOP), caused(name, WaitCause.RUNNING))
        for name, elements in elements_by_machine(machines, facts, evaluation).items()
    ]


def bottleneck_of(shares: Sequence[Share], waiting: Mapping[Why, int]) -> Bottleneck:
    """Which machine limits the line, and how sure that is."""
    unknown = sum(us for why, us in waiting.items() if why.cause is WaitCause.UNKNOWN)
    doubt = unknown + sum(state_uncertain(share.elements) for share in shares)
    ranked = sorted(shares, key=lambda share: -share.holds_up)
    first = ranked[0].holds_up if ranked else 0
    lead = first - (ranked[1].holds_up if len(ranked) > 1 else 0)
    if not first:
        seen = any(share.elements.planned > share.elements.no_data for share in shares)
        return Bottleneck(None, Ground.NOBODY_WAITED if seen else Ground.NO_DATA, not doubt, 0, doubt)
    if not lead:
        return Bottleneck(None, Ground.TIE, not doubt, 0, doubt)
    return Bottleneck(ranked[0].machine, Ground.HOLDS_UP_MOST, lead > doubt, lead, doubt)


def _tape(machine: Machine, facts: MachineFacts, evaluation: Evaluation) -> _Tape:
    cols = alone(machine, facts, evaluation)
    _, begins, ends = unobserved_spans(cols, intervals_of(cols))
    unobserved = merged(zip(begins.tolist(), ends.tolist(), strict=True))
    edges = np.array([edge for span in unobserved for edge in span if facts.from_us < edge < facts.to_us], np.int64)
    at = np.unique(np.concatenate((facts.state_at, facts.reason_at, edges)))
    state = facts.state[np.searchsorted(facts.state_at, at, side="right") - 1]
    return _Tape(machine.id, at, np.where(inside(at, bounds_of(unobserved)), NO_DATA, state), facts)


def _waits(
    machine: Machine, own: _Tape, evaluation: Evaluation, waits: State, neighbours: Sequence[_Tape]
) -> Iterator[tuple[Why, int]]:
    """One machine's waiting in one direction, cut wherever anything changes; the nearest neighbour first."""
    begin, length = _pieces(machine, own, evaluation, waits, neighbours)
    by = np.full(begin.size, NOBODY, np.int64)
    state = np.full(begin.size, int(waits), np.int64)
    open_ = np.ones(begin.size, np.bool_)
    for number, neighbour in enumerate(neighbours):
        there = neighbour.states(begin)
        by[open_], state[open_] = number, there[open_]
        open_ &= there == waits
    by[open_] = NOBODY
    heard = own.states(begin) != NO_DATA
    rows = zip(begin.tolist(), length.tolist(), by.tolist(), state.tolist(), heard.tolist(), strict=True)
    for at, us, number, code, is_heard in rows:
        if not is_heard:
            yield Why(own.name, waits, WaitCause.UNKNOWN, own.name, State.NO_DATA, None), us
        elif number == NOBODY:
            yield Why(own.name, waits, WaitCause.OUTSIDE, None, None, None), us
        else:
            cause = _cause(State(code), waits)
            reason = neighbours[number].reason(at) if cause is WaitCause.STOP else None
            yield Why(own.name, waits, cause, neighbours[number].name, State(code), reason), us


def _cause(state: State, waits: State) -> WaitCause:
    if state is State.NO_DATA:
        return WaitCause.UNKNOWN
    if state is OPPOSITE[waits]:
        return WaitCause.BETWEEN
    return WaitCause.RUNNING if state is State.RUNNING else WaitCause.STOP


def _pieces(
    machine: Machine, own: _Tape, evaluation: Evaluation, waits: State, neighbours: Sequence[_Tape]
) -> tuple[Int64, Int64]:
    """Begin and length of the pieces of its waiting in which no neighbour changes."""
    cols = alone(machine, own.facts, evaluation)
    intervals = intervals_of(cols)
    slices = slices_of(cols, intervals)
    number = slices.interval
    chosen = slices.planned & (intervals.element[number] != PLANNED_STOP) & (intervals.state[number] == waits)
    begins, ends = slices.begin[chosen], (slices.begin + slices.length)[chosen]
    points = np.unique(np.concatenate((begins, ends, own.at, *(tape.at for tape in neighbours))))
    begin, length = points[:-1], np.diff(points)
    waiting = inside(begin, (begins, ends))
    return begin[waiting], length[waiting]
