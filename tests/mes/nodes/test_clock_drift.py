"""A clock's offset and drift: right in spite of slow minutes, and anew after a jump."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes.nodes.clock_drift import WINDOW_US, ClockNow, clock_now

MINUTE = 60_000_000
START = 1_800_000_000_000_000


def known(ahead_us: list[float], every: int = 1) -> ClockNow:
    """The clock after these minutes; the collector notes how far it is behind."""
    minutes = np.array([START + every * i * MINUTE for i in range(len(ahead_us))], np.int64)
    found = clock_now(minutes, -np.array([round(us) for us in ahead_us], np.int64))
    assert found is not None
    return found


def drifting(ppm: float, minutes: int, first_us: float = 0.0) -> list[float]:
    return [first_us + ppm * 60 * i for i in range(minutes)]


def test_nothing_is_known_without_a_minute() -> None:
    assert clock_now(np.zeros(0, np.int64), np.zeros(0, np.int64)) is None


@pytest.mark.parametrize("ppm", [-80.0, 0.0, 0.5, 12.5, 100.0])
def test_a_clock_that_drifts_evenly_is_known_exactly(ppm: float) -> None:
    clock = known(drifting(ppm, 120, first_us=-40_000))

    assert clock.drift_ppm == pytest.approx(ppm, abs=0.01)
    assert clock.ahead_us == pytest.approx(-40_000 + ppm * 60 * 119, abs=1)
    assert (clock.at_us, clock.minutes) == (START + 119 * MINUTE, 120)


@pytest.mark.parametrize("seed", range(5))
def test_a_quarter_of_slow_minutes_changes_little(seed: int) -> None:
    dice = random.Random(seed)
    slow = set(dice.sample(range(120), 30))
    # The way takes time: the clock then looks behind, by up to a fifth of a second, never ahead.
    ahead = [us - dice.uniform(20_000, 200_000) * (i in slow) for i, us in enumerate(drifting(20.0, 120))]

    clock = known([us - dice.uniform(0, 2_000) for us in ahead])

    assert clock.drift_ppm == pytest.approx(20.0, abs=3)
    assert clock.ahead_us == pytest.approx(20.0 * 60 * 119, abs=20_000)


@pytest.mark.parametrize("jump_us", [3_600_000_000, -3_600_000_000, 400_000, -400_000])
@pytest.mark.parametrize("after", [2, 5, 60])
def test_after_a_jump_only_what_came_since_counts(jump_us: int, after: int) -> None:
    ahead = drifting(30.0, 120)
    jumped = [us + jump_us * (i >= 120 - after) for i, us in enumerate(ahead)]

    clock = known(jumped)

    assert clock.minutes == after
    assert clock.ahead_us == pytest.approx(jumped[-1], abs=5_000)
    assert (clock.drift_ppm is None) == (after < 10)
    if clock.drift_ppm is not None:
        assert clock.drift_ppm == pytest.approx(30.0, abs=0.1)


def test_of_several_jumps_the_last_one_counts() -> None:
    ahead = [0.0] * 40 + [5e6] * 30 + [-2e6] * 20

    assert (known(ahead).minutes, known(ahead).ahead_us) == (20, -2_000_000)


@pytest.mark.parametrize("place", [0, 1, 50, 118, 119])
def test_one_wild_minute_is_no_jump(place: int) -> None:
    ahead = drifting(10.0, 120)
    ahead[place] -= 30_000_000

    clock = known(ahead)

    assert clock.minutes >= 118  # before the second minute nobody can tell a wild one from a jump
    assert clock.drift_ppm == pytest.approx(10.0, abs=0.1)
    assert clock.ahead_us == pytest.approx(10.0 * 60 * 119, abs=10)


def test_a_long_hole_in_the_minutes_is_no_jump() -> None:
    minutes = np.array([START + i * MINUTE for i in (*range(20), *range(260, 280))], np.int64)
    ahead = (minutes - START) * 100 // 1_000_000

    clock = clock_now(minutes, -ahead)

    assert clock is not None
    assert (clock.minutes, round(clock.drift_ppm or 0)) == (40, 100)


def test_few_minutes_tell_the_offset_and_not_the_drift() -> None:
    assert known([7_000.0]) == ClockNow(START, 7_000, None, 1)
    assert known(drifting(50.0, 9)).drift_ppm is None
    assert known(drifting(50.0, 10)).drift_ppm is not None


def test_what_is_older_than_the_window_is_forgotten() -> None:
    window = WINDOW_US // MINUTE
    ahead = drifting(100.0, 500) + drifting(-10.0, window, first_us=100.0 * 60 * 500)

    assert known(ahead).minutes == window
    assert known(ahead).drift_ppm == pytest.approx(-10.0, abs=0.01)


@given(st.lists(st.integers(-10_000, 10_000), min_size=1, max_size=60), st.integers(-(10**12), 10**12))
def test_a_clock_that_is_further_off_is_only_further_off(noise: list[int], more: int) -> None:
    one, other = known([float(us) for us in noise]), known([float(us + more) for us in noise])

    assert other.ahead_us - one.ahead_us == pytest.approx(more, abs=1)
    assert (other.drift_ppm, other.minutes) == (one.drift_ppm, one.minutes)
