from contract.sample import State
from mes.screens.wall.render import line_parts, machine_parts, size_of
from tests.mes.screens.lines import HOUR, MINUTE, SECOND, plant, steps
from tests.mes.screens.walls import view_of


def test_bounds_without_an_upper_end_are_shown_as_at_least() -> None:
    """By `tpm-classic` all bridged time may be a planned stop, and a part may have come out in no time at all."""
    tape = [(0, State.RUNNING), (5 * SECOND, State.NO_DATA), (HOUR - 10 * SECOND, State.IDLE)]
    view = view_of(tape, total=steps((4 * SECOND, 2)), policy="tpm-classic")

    assert (view.tiles[0].numbers.oee.value, view.tiles[0].numbers.oee.high) == (0.8, None)
    assert '<span class="bounds">≥ 0 %</span>' in line_parts(plant(1), view, "en")["press-1"]


def test_the_first_shift_of_all_shows_its_oee_since_it_was_first_observed_and_the_last_hour() -> None:
    """Eight hours into the day a line is connected for the first time: a dash would say nothing until tomorrow."""
    start, now = 8 * HOUR, 9 * HOUR + 30 * MINUTE
    made = steps(*((at, 1) for at in range(start, now, 4 * SECOND)))
    view = view_of([(0, State.NO_DATA), (start, State.RUNNING)], now, total=made)
    shown = machine_parts(plant(1), view, "press-1", "en")["press-1"]

    assert (view.since_start, view.from_us) == (True, start)
    assert view.last_hour is not None
    assert round(view.last_hour.oee.value or 0, 2) == round(view.numbers.oee.value or 0, 2) == 0.5
    assert "since 08:00" in shown


def test_a_shift_that_was_observed_from_its_begin_has_no_other_window() -> None:
    view = view_of([(0, State.RUNNING)], total=steps((MINUTE, 10)))

    assert (view.since_start, view.last_hour, view.from_us) == (False, None, 0)


def test_what_stood_is_planned_time_that_was_observed_not_to_run_and_names_most_of_it() -> None:
    tape = [(0, State.RUNNING), (10 * MINUTE, State.STARVED), (40 * MINUTE, State.DOWN), (50 * MINUTE, State.NO_DATA)]
    tile = view_of(tape).tiles[0]

    assert tile.stood_us == 40 * MINUTE
    assert tile.stood_most is not None
    assert tile.stood_most.word == "state.starved"


def test_more_than_eight_machines_stand_in_two_columns() -> None:
    assert [size_of(n) for n in (1, 4, 5, 8, 9)] == ["n1 tall", "n4 tall", "n5", "n8", "two"]
