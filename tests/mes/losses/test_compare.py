"""Two policies: every line says what moved, and the lines are the whole difference."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings

from contract.sample import State
from mes.calendar.ideal_cycles import ideal_of
from mes.facts.model import Span
from mes.facts.windowing import cut
from mes.kpi.policy import ISO, TPM, Element, Loss, Policy
from mes.kpi.times import elements_of
from mes.losses.compare import What, difference, moves_of, together
from tests.mes.floors import CHOSEN, CUTS, POLICIES, SEEDS, SHORT, elements, evaluation, floor, plans
from tests.mes.kpi.test_rollup import PLANT
from tests.mes.pure import PRESS, SECOND
from tests.mes.screens.lines import HOUR, MINUTE, facts
from tests.support.size import sized

# Everything that a policy may say otherwise, at once.
ODD = replace(
    SHORT,
    name="odd",
    booking=tuple((s, Element.PLANNED_STOP if s is State.STARVED else e) for s, e in SHORT.booking),
    losses=tuple((s, Loss.NO_WORK if s is State.STOPPED else loss) for s, loss in SHORT.losses),
    minor_stop_us=7 * SECOND,
    minor_states=frozenset({State.DOWN, State.SETUP}),
    minor=Element.DOWN,
    failures=frozenset({State.STOPPED, State.SETUP}),
    startup_us=60 * SECOND,
    startup_after=frozenset({State.DOWN}),
)


@settings(max_examples=sized(400), deadline=None)
@given(SEEDS, CHOSEN, POLICIES, POLICIES, plans())
def test_the_lines_are_the_difference_of_the_elements_exactly(
    seed: int, chosen: set[int], one: Policy, other: Policy, planned: list[Span]
) -> None:
    found = floor(seed, resets=True).facts(sorted(chosen))
    for there in (other, ODD):
        moves = moves_of(PRESS, found, evaluation(one, planned), there)

        assert difference(moves) == elements(found, there, planned) - elements(found, one, planned)


@settings(max_examples=sized(100), deadline=None)
@given(SEEDS, CHOSEN, POLICIES, plans(), CUTS)
def test_moves_of_any_partition_add_up(
    seed: int, chosen: set[int], policy: Policy, planned: list[Span], cuts: list[int]
) -> None:
    found = floor(seed).facts(sorted(chosen))
    evaluated = evaluation(policy, planned)

    pieces = [moves_of(PRESS, cut(found, a * SECOND, b * SECOND), evaluated, ODD) for a, b in pairwise(cuts)]

    assert together(pieces) == moves_of(PRESS, found, evaluated, ODD)


def test_the_same_policy_moves_nothing() -> None:
    assert moves_of(PRESS, floor(7).facts(range(12)), evaluation(ISO), ISO) == {}


def test_iso_and_tpm_differ_in_minor_stops_and_in_time_without_work() -> None:
    tape = [(0, State.RUNNING), (10 * MINUTE, State.DOWN), (11 * MINUTE, State.RUNNING), (40 * MINUTE, State.IDLE)]
    found = facts(0, HOUR, tape, machine="press", then=(HOUR, State.RUNNING))

    moves = moves_of(PRESS, found, evaluation(ISO, [(0, HOUR)]), TPM)

    told = {
        (what.state, what.here.element, what.there.element): (moved.us, moved.parts, moved.stops)
        for what, moved in moves.items()
        if what.here and what.there
    }
    assert told == {
        (State.IDLE, "down", "planned_stop"): (20 * MINUTE, Fraction(600), 1),
        (State.DOWN, "delay", "producing"): (MINUTE, Fraction(30), 1),
    }
    idle = next(moved.difference for what, moved in moves.items() if what.state is State.IDLE)
    assert (idle.planned, idle.planned_stop, idle.down, idle.no_work) == tuple(
        sign * 20 * MINUTE for sign in (-1, 1, -1, -1)
    )
    assert What() not in moves


def test_a_machine_that_tells_no_parts_is_compared_too() -> None:
    belt = PLANT.machine("belt")
    found = facts(0, HOUR, [(0, State.IDLE)], machine="belt")
    evaluated = replace(evaluation(ISO, [(0, HOUR)]), ideal=ideal_of(PLANT))

    moves = moves_of(belt, found, evaluated, TPM)

    whole = elements_of(belt, found, replace(evaluated, policy=TPM)) - elements_of(belt, found, evaluated)
    assert difference(moves) == whole
    assert whole.uncounted == -HOUR
