from itertools import pairwise

import pytest

from config.cycles import DatedCycle
from contract.sample import State
from mes.calendar.ideal_cycles import ideal_of
from mes.facts.model import Span
from mes.kpi.elements import Elements
from mes.kpi.evaluation import Evaluation
from mes.kpi.policy import ISO
from mes.screens.tiles import bar_of, is_slow, slow_window_us, target_by
from mes.web.looks import Colour, look_of
from tests.mes.screens.lines import HOUR, MINUTE, SECOND, facts, plant


@pytest.mark.parametrize(
    ("state", "planned", "slow", "word", "colour"),
    [
        (State.RUNNING, True, False, "state.running", Colour.NORMAL),
        (State.RUNNING, True, True, "state.slow", Colour.ACT),
        (State.DOWN, True, True, "state.down", Colour.ACT_NOW),
        (State.DOWN, False, False, "state.down", Colour.ACT_NOW),
        (State.STARVED, True, False, "state.starved", Colour.ACT),
        (State.STARVED, False, False, "state.starved", Colour.NORMAL),
        (State.STOPPED, True, False, "state.stopped", Colour.ACT),
        (State.SETUP, True, False, "state.setup", Colour.NORMAL),
        (State.NO_DATA, False, False, "state.no_data", Colour.NO_DATA),
    ],
)
def test_grey_is_normal_and_colour_means_act(
    state: State, planned: bool, slow: bool, word: str, colour: Colour
) -> None:
    look = look_of(state, planned, slow)

    assert (word, colour) == (look.word, look.colour)


def test_every_look_has_a_shape_of_its_own() -> None:
    shapes = [look_of(state, True, False).shape for state in State] + [look_of(State.RUNNING, True, True).shape]

    assert len(shapes) == len(set(shapes)) == len(State) + 1


def test_slow_is_below_four_fifths_of_the_ideal_rate() -> None:
    assert is_slow(Elements(planned=120, running=120, ideal=95))
    assert not is_slow(Elements(planned=120, running=120, ideal=96))


def test_a_machine_that_has_just_started_is_not_called_slow() -> None:
    assert not is_slow(Elements(planned=120, running=59, ideal=0))
    assert not is_slow(Elements())


def test_a_long_cycle_gets_a_long_look_before_it_is_called_slow() -> None:
    press = plant().machine("press-1")

    assert slow_window_us(press) == 2 * MINUTE
    assert (
        slow_window_us(press.model_copy(update={"ideal_cycles": (DatedCycle(cycle=press.ideal_cycle * 30),)}))
        == 10 * MINUTE
    )


def planned(*spans: Span) -> Evaluation:
    return Evaluation(ISO, ideal_of(plant()), spans, spans)


def test_the_target_is_planned_time_by_the_ideal_cycle() -> None:
    hour = facts(0, HOUR, [(0, State.DOWN)])

    assert target_by(hour, planned((0, HOUR))) == 1800
    assert target_by(hour, planned((0, HOUR // 2), (HOUR - 60 * SECOND, HOUR))) == 930


def test_the_target_follows_the_product_on_the_machine() -> None:
    hour = facts(0, HOUR, [(0, State.RUNNING)], products=[(0, "part"), (HOUR // 2, "slow-part")])

    assert target_by(hour, planned((0, HOUR))) == 900 + 450


def test_without_planned_time_there_is_no_target() -> None:
    assert target_by(facts(0, HOUR, [(0, State.RUNNING)]), planned()) is None


def test_the_bar_is_contiguous_and_a_stop_in_a_break_is_grey() -> None:
    tape = [(0, State.NO_DATA), (100, State.RUNNING), (200, State.STOPPED), (400, State.DOWN), (500, State.RUNNING)]

    bar = bar_of([at for at, _ in tape], [state for _, state in tape], 0, 600, [(0, 300), (350, 600)])

    assert bar.spans == (
        (0, 100, "no-data"),
        (100, 200, "running"),
        (200, 300, "act"),
        (300, 350, "other"),
        (350, 400, "act"),
        (400, 500, "act-now"),
        (500, 600, "running"),
    )
    assert all(one[1] == other[0] for one, other in pairwise(bar.spans))
