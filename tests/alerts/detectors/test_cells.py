"""Samples in any rhythm become cells."""

import numpy as np

from alerts.detectors.cells import Cell, Cells, Heard
from contract.sample import State

S = 1_000_000
HEARD = Heard(("temperature", "cycle_time"), "state", "parts", 60 * S)


def fed(*samples: tuple[float, str, float | None], heard: Heard = HEARD) -> list[Cell]:
    made = Cells(heard, 10 * S)
    return [cell for at, tag, value in samples for cell in made.feed(int(at * S), tag, value)]


def run(start: int = 0, end: int = 40, every: int = 5) -> list[tuple[float, str, float | None]]:
    return [(at, "state", float(State.RUNNING)) for at in range(start, end, every)]


def test_a_cell_is_the_mean_of_its_samples_and_holds_the_last_one_when_none_come() -> None:
    cells = fed(*sorted([*run(), (11, "temperature", 20.0), (15, "temperature", 30.0)]))

    assert [cell.began_us // S for cell in cells] == [10, 20]
    assert [cell.values[0] for cell in cells] == [25.0, 30.0]


def test_a_cell_in_which_the_machine_stood_for_a_moment_is_none() -> None:
    standing = [(23, "state", float(State.DOWN)), (24, "state", float(State.RUNNING))]

    cells = fed(*sorted([*run(), *[(float(at), "temperature", 1.0) for at in range(2, 40, 3)], *standing]))

    assert [cell.began_us // S for cell in cells] == [0 + 10]


def test_a_machine_without_a_state_always_runs() -> None:
    heard = Heard(("temperature",), None, None, 60 * S)

    cells = fed(*[(float(at), "temperature", float(at)) for at in range(31)], heard=heard)

    assert [cell.values[0] for cell in cells] == [4.5, 14.5, 24.5]


def test_the_counter_tells_the_cycle_time_while_the_machine_runs() -> None:
    counts = [(1.0, "parts", 100.0), (4.0, "parts", 100.0), (13.0, "parts", 104.0), (16.0, "parts", 105.0)]

    cells = fed(*sorted([*run(), *counts]))

    assert [cell.values[1] for cell in cells] == [3.0, 3.0]


def test_a_counter_that_began_anew_tells_nothing() -> None:
    assert fed(*sorted([*run(), (1.0, "parts", 100.0), (13.0, "parts", 2.0)])) == []


def test_bad_values_and_values_at_the_end_of_all_numbers_say_nothing() -> None:
    assert fed(*sorted([*run(), (11.0, "temperature", 1.7e308), (12.0, "cycle_time", float("inf"))])) == []
    made = Cells(HEARD, 10 * S)
    assert [*made.feed(0, "temperature", None)] == []


def test_after_a_long_silence_a_cell_is_no_continuation_and_none_are_made_up() -> None:
    samples = [*run(0, 25), (1.0, "temperature", 5.0), *run(100_000, 100_025), (100_001.0, "temperature", 6.0)]

    cells = fed(*sorted(samples))

    assert [cell.values[0] for cell in cells] == [5.0, 5.0, 6.0, 6.0]
    assert [cell.follows for cell in cells] == [False, True, False, True]


def test_a_late_sample_changes_no_cell_that_is_over() -> None:
    cells = fed(
        (0, "state", 1.0),
        (1, "temperature", 1.0),
        (12, "temperature", 2.0),
        (3, "temperature", 99.0),
        (21, "state", 1.0),
    )

    assert [cell.values[0] for cell in cells][-1] == 2.0
    assert np.isfinite(cells[0].values[0])
