import pytest

from contract.sample import State
from mes.web.looks import HEIGHTS, look_of


@pytest.mark.parametrize(
    ("state", "planned", "slow", "word", "code"),
    [
        (State.RUNNING, True, False, "state.running", "running"),
        (State.RUNNING, True, True, "state.slow", "slow"),
        (State.RUNNING, False, False, "state.running", "running"),
        (State.DOWN, True, True, "state.down", "down"),
        (State.DOWN, False, False, "state.down", "down"),
        (State.STARVED, True, False, "state.starved", "waiting"),
        (State.BLOCKED, True, False, "state.blocked", "waiting"),
        (State.STARVED, False, False, "state.planned", "planned"),
        (State.STOPPED, True, False, "state.stopped", "stopped"),
        (State.STOPPED, False, False, "state.planned", "planned"),
        (State.SETUP, True, False, "state.setup", "setup"),
        (State.MAINTENANCE, True, False, "state.maintenance", "maintenance"),
        (State.NO_DATA, False, False, "state.no_data", "nodata"),
    ],
)
def test_quiet_is_normal_and_a_break_is_a_planned_stop(
    state: State, planned: bool, slow: bool, word: str, code: str
) -> None:
    look = look_of(state, planned, slow)

    assert (word, code) == (look.word, look.code)


def test_every_look_has_a_shape_of_its_own() -> None:
    shapes = [look_of(state, True).shape for state in State]
    shapes += [look_of(State.RUNNING, True, True).shape, look_of(State.IDLE, False).shape]

    assert len(shapes) == len(set(shapes)) == len(State) + 2


def test_what_is_lost_stands_higher_in_the_strip_than_what_runs() -> None:
    assert HEIGHTS["idle"] < HEIGHTS["planned"] < HEIGHTS["running"] < HEIGHTS["slow"] < HEIGHTS["waiting"]
    assert HEIGHTS["waiting"] < HEIGHTS["stopped"] == HEIGHTS["down"] == HEIGHTS["nodata"] == 100
