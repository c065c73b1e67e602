"""A schedule that neither drifts nor hides what it missed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.schedule import CALM, GRID_S, Beat, on_grid, phase


def run(beat: Beat, start: float, polls: list[float]) -> list[float]:
    """When each poll begins, if they take so long."""
    now, begun = start, []
    for took in polls:
        begun.append(now)
        now += took
        now += beat.next(now)
    return begun


def test_polls_begin_at_fixed_instants_however_long_they_take() -> None:
    beat = Beat(1.0, 10.0)

    begun = run(beat, 10.0, [0.1, 0.9, 0.3, 0.0])

    assert begun == pytest.approx([10.0, 11.0, 12.0, 13.0])
    assert (beat.missed, beat.behind) == (0, False)


def test_a_poll_that_comes_late_begins_at_once_and_the_next_is_on_time_again() -> None:
    beat = Beat(1.0, 10.0)

    begun = run(beat, 10.0, [1.3, 0.2, 0.2])

    assert begun == pytest.approx([10.0, 11.3, 12.0])
    assert beat.missed == 0


def test_beats_that_are_over_before_their_turn_are_missed_and_counted() -> None:
    beat = Beat(1.0, 10.0)

    begun = run(beat, 10.0, [3.4, 0.2, 0.2])

    assert begun == pytest.approx([10.0, 13.4, 14.0])
    assert (beat.missed, beat.behind) == (2, True)


def test_a_schedule_is_kept_again_after_a_long_row_of_polls_on_time() -> None:
    beat = Beat(1.0, 0.0)
    run(beat, 0.0, [2.5] + [0.1] * (CALM - 1))
    assert beat.behind

    run(beat, beat.due, [0.1, 0.1])

    assert not beat.behind


@given(st.floats(0.01, 60), st.lists(st.floats(0, 200), max_size=50))
def test_every_beat_is_either_polled_or_missed_and_none_is_early(period: float, polls: list[float]) -> None:
    beat = Beat(period, 0.0)

    begun = run(beat, 0.0, polls)

    beats = beat.due / period
    assert beats == pytest.approx(len(polls) + beat.missed, rel=1e-6)
    instants = [at / period for at in begun]
    assert all(later - int(later + 1e-6) < 1.000001 for later in instants)
    assert begun == sorted(begun)


@pytest.mark.parametrize(
    ("of", "period", "places"),
    [
        (1, 1.0, [0.0]),
        (25, 1.0, [0.0]),
        (26, 1.0, [0.0, 0.5]),
        (100, 1.0, [0.0, 0.25, 0.5, 0.75]),
        (100, 0.1, [0.0, 0.05, 0.1, 0.15]),
        (75, 0.05, [0.0, 0.05, 0.1]),
        (75, 0.02, [0.0, 0.02, 0.04]),
        (70, 0.35, [0.0, 0.1, 0.2]),
    ],
)
def test_many_equal_devices_are_spread_evenly_over_their_period(of: int, period: float, places: list[float]) -> None:
    starts = [phase(number, of, period) for number in range(of)]

    assert sorted(set(starts)) == pytest.approx(places)
    counts = [starts.count(start) for start in set(starts)]
    assert max(counts) <= 25
    assert max(counts) - min(counts) <= 1


@given(st.floats(0, 1e7))
def test_the_grid_is_the_same_for_whoever_begins(now: float) -> None:
    begin = on_grid(now)

    assert -1e-6 <= begin - now <= GRID_S
    assert begin / GRID_S == pytest.approx(round(begin / GRID_S), abs=1e-5)
