"""A line's flow: waiting is told by its cause to the microsecond, and what was not seen is unknown."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.sample import State
from mes.calendar.ideal_cycles import ideal_of
from mes.facts.model import MachineFacts, Span
from mes.facts.windowing import cut
from mes.kpi.evaluation import Evaluation
from mes.kpi.policy import ISO, Element, Policy
from mes.kpi.times import elements_of
from mes.losses.line_flow import Ground, WaitCause, Why, bottleneck_of, shares_of, waiting_of
from tests.mes.screens.lines import MINUTE, facts, plant
from tests.support.size import sized

PLANT = plant(4)
MACHINES = PLANT.lines[0].machines
NAMES = [machine.id for machine in MACHINES]
END = 60 * MINUTE
# A site that takes starved time out of the plan.
PULL = replace(
    ISO, name="pull", booking=tuple((s, Element.PLANNED_STOP if s is State.STARVED else e) for s, e in ISO.booking)
)
Tape = Sequence[tuple[int, State]]


def evaluation(policy: Policy = ISO, planned: Sequence[Span] = ((0, END),)) -> Evaluation:
    return Evaluation(policy, ideal_of(PLANT), planned, planned)


def line(*tapes: Tape, **more: object) -> dict[str, MachineFacts]:
    """Machines in line order, by minutes; they go on as they are."""
    found = {}
    for name, tape in zip(NAMES, tapes, strict=False):
        rows = [(minute * MINUTE, state) for minute, state in tape]
        found[name] = facts(
            0, END, rows, machine=name, first=(-END, State.RUNNING), then=(2 * END, State.RUNNING), **more
        )
    return found


def waiting(*tapes: Tape) -> dict[Why, float]:
    machines = MACHINES[: len(tapes)]
    return {why: us / MINUTE for why, us in waiting_of(machines, line(*tapes), evaluation()).items()}


RUNS: Tape = [(0, State.RUNNING)]
STARVES: Tape = [(0, State.RUNNING), (10, State.STARVED), (30, State.RUNNING)]
STANDS: Tape = [(0, State.RUNNING), (10, State.DOWN), (30, State.RUNNING)]


def why(machine: str, waits: State, cause: WaitCause, by: str | None = None, state: State | None = None) -> Why:
    return Why(machine, waits, cause, by, state, None)


def test_a_starved_machine_waits_for_the_one_whose_stop_it_is_however_far_up() -> None:
    assert waiting(STANDS, STARVES, STARVES) == {
        why("press-2", State.STARVED, WaitCause.STOP, "press-1", State.DOWN): 20,
        why("press-3", State.STARVED, WaitCause.STOP, "press-1", State.DOWN): 20,
    }


def test_a_blocked_machine_waits_for_the_one_after_it() -> None:
    blocked: Tape = [(0, State.RUNNING), (10, State.BLOCKED), (30, State.RUNNING)]

    assert waiting(blocked, blocked, STANDS) == {
        why("press-1", State.BLOCKED, WaitCause.STOP, "press-3", State.DOWN): 20,
        why("press-2", State.BLOCKED, WaitCause.STOP, "press-3", State.DOWN): 20,
    }


@pytest.mark.parametrize(
    ("neighbour", "cause"),
    [
        (State.DOWN, WaitCause.STOP),
        (State.SETUP, WaitCause.STOP),
        (State.IDLE, WaitCause.STOP),
        (State.MAINTENANCE, WaitCause.STOP),
        (State.STOPPED, WaitCause.STOP),
        (State.RUNNING, WaitCause.RUNNING),
        (State.BLOCKED, WaitCause.BETWEEN),
        (State.NO_DATA, WaitCause.UNKNOWN),
    ],
)
def test_what_the_neighbour_did_is_told_as_it_was(neighbour: State, cause: WaitCause) -> None:
    there: Tape = [(0, State.STOPPED if neighbour is State.RUNNING else State.RUNNING), (5, neighbour)]

    found = waiting(there, STARVES)

    assert found[why("press-2", State.STARVED, cause, "press-1", neighbour)] == 20


def test_at_the_end_of_the_line_the_cause_is_outside() -> None:
    assert waiting(STARVES, STARVES) == {
        why("press-1", State.STARVED, WaitCause.OUTSIDE): 20,
        why("press-2", State.STARVED, WaitCause.OUTSIDE): 20,
    }


def test_the_time_before_a_silence_in_which_a_state_was_only_held_is_unknown_too() -> None:
    silent: Tape = [(0, State.DOWN), (20, State.NO_DATA)]
    silence = MACHINES[0].no_data_after.total_seconds() / 60

    found = waiting(silent, STARVES)

    assert found[why("press-2", State.STARVED, WaitCause.STOP, "press-1", State.DOWN)] == pytest.approx(10 - silence)
    assert found[why("press-2", State.STARVED, WaitCause.UNKNOWN, "press-1", State.NO_DATA)] == pytest.approx(
        10 + silence
    )


def test_whether_a_machine_that_fell_silent_still_waited_is_unknown() -> None:
    found = waiting(STANDS, [(0, State.STARVED), (20, State.NO_DATA)])

    own = found[why("press-2", State.STARVED, WaitCause.UNKNOWN, "press-2", State.NO_DATA)]
    assert own == pytest.approx(MACHINES[1].no_data_after.total_seconds() / 60)


def test_the_reason_of_the_stop_comes_along() -> None:
    found = line(STANDS, STARVES)
    found["press-1"] = replace(
        found["press-1"], reason_at=np.array([0, 10 * MINUTE, 15 * MINUTE]), reason=(None, "jam", None)
    )

    told = {(w.reason, us / MINUTE) for w, us in waiting_of(MACHINES[:2], found, evaluation()).items()}

    assert told == {("jam", 5), (None, 15)}


@st.composite
def lines(draw: st.DrawFn) -> dict[str, MachineFacts]:
    found = {}
    some = st.sampled_from([State.STARVED, State.BLOCKED, *State])
    for name in NAMES:
        edges = [0, *sorted(draw(st.sets(st.integers(1, 59), max_size=10)))]
        rows = [(edge * MINUTE, draw(some)) for edge in edges]
        reasons = [(0, None), (draw(st.integers(1, 59)) * MINUTE, "jam")]
        found[name] = facts(0, END, rows, machine=name, reasons=reasons)
    return found


@st.composite
def plans(draw: st.DrawFn) -> list[Span]:
    edges = sorted(draw(st.sets(st.integers(-5, 65), max_size=6)))
    return [(a * MINUTE, b * MINUTE) for a, b in zip(edges[::2], edges[1::2], strict=False)]


@settings(max_examples=sized(300), deadline=None)
@given(lines(), plans(), st.sampled_from([ISO, PULL]))
def test_all_waiting_has_exactly_one_cause(found: dict[str, MachineFacts], planned: list[Span], policy: Policy) -> None:
    told = waiting_of(MACHINES, found, evaluation(policy, planned))

    for machine in MACHINES:
        e = elements_of(machine, found[machine.id], evaluation(policy, planned))
        for state, us in ((State.STARVED, e.starved), (State.BLOCKED, e.blocked)):
            assert sum(n for w, n in told.items() if (w.machine, w.waits) == (machine.id, state)) == us
    assert all(us > 0 for us in told.values())


@settings(max_examples=sized(150), deadline=None)
@given(lines(), plans(), st.integers(1, 59))
def test_causes_of_any_partition_add_up(found: dict[str, MachineFacts], planned: list[Span], minute: int) -> None:
    evaluated = evaluation(ISO, planned)
    halves = [
        waiting_of(MACHINES, {name: cut(f, a, b) for name, f in found.items()}, evaluated)
        for a, b in ((0, minute * MINUTE), (minute * MINUTE, END))
    ]

    whole = waiting_of(MACHINES, found, evaluated)

    assert whole == {w: sum(half.get(w, 0) for half in halves) for w in {*halves[0], *halves[1]}}


def verdict(*tapes: Tape) -> tuple[str | None, Ground, bool, float]:
    found, machines = line(*tapes), MACHINES[: len(tapes)]
    told = waiting_of(machines, found, evaluation())
    bottleneck = bottleneck_of(shares_of(machines, found, evaluation(), told), told)
    return bottleneck.machine, bottleneck.ground, bottleneck.certain, bottleneck.lead_us / MINUTE


def test_the_bottleneck_is_the_machine_that_holds_up_the_others_longest() -> None:
    blocked: Tape = [(0, State.RUNNING), (40, State.BLOCKED), (50, State.RUNNING)]
    starved: Tape = [(0, State.RUNNING), (10, State.STARVED), (30, State.RUNNING)]
    slow: Tape = [(0, State.RUNNING), (15, State.DOWN), (20, State.RUNNING)]

    assert verdict(blocked, slow, starved) == ("press-2", Ground.HOLDS_UP_MOST, True, 30)


def test_a_machine_that_nobody_heard_leaves_the_bottleneck_uncertain() -> None:
    silent: Tape = [(0, State.RUNNING), (25, State.NO_DATA), (58, State.RUNNING)]

    assert verdict(STANDS, STARVES, RUNS) == ("press-1", Ground.HOLDS_UP_MOST, True, 20)
    assert verdict(STANDS, STARVES, silent) == ("press-1", Ground.HOLDS_UP_MOST, False, 20)


def test_no_machine_is_blamed_without_evidence() -> None:
    starved: Tape = [(0, State.STARVED), (10, State.RUNNING)]
    blocked: Tape = [(0, State.RUNNING), (10, State.BLOCKED), (20, State.RUNNING)]

    assert verdict(RUNS, RUNS) == (None, Ground.NOBODY_WAITED, True, 0)
    assert verdict([(0, State.NO_DATA)], [(0, State.NO_DATA)]) == (None, Ground.NO_DATA, False, 0)
    assert verdict(blocked, [(0, State.RUNNING)], [(0, State.RUNNING)], RUNS)[0] == "press-2"
    assert verdict([(0, State.DOWN), (10, State.BLOCKED), (20, State.RUNNING)], [(0, State.STARVED), (10, State.DOWN)])[
        :2
    ] == (None, Ground.TIE)
    assert verdict(starved) == (None, Ground.NOBODY_WAITED, True, 0)
