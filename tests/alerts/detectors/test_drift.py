"""When a drifting tag will be at its limit."""

import numpy as np

from alerts.detectors.drift import time_to_limit_us

HOUR = 3_600_000_000
TIMES = [hour * HOUR for hour in range(10)]


def test_a_degree_an_hour_is_at_a_limit_five_degrees_away_in_five_hours() -> None:
    means = np.arange(10.0) + 60

    left = time_to_limit_us(TIMES, means, 0, [74.0, 20.0])

    assert left is not None
    assert abs(left - 5 * HOUR) < HOUR / 100


def test_only_what_came_after_the_change_counts() -> None:
    means = np.array([60.0] * 6 + [60.0, 62.0, 64.0, 66.0])

    left = time_to_limit_us(TIMES, means, 6 * HOUR, [70.0])

    assert left is not None
    assert abs(left - 2 * HOUR) < HOUR / 100


def test_no_limit_ahead_no_drift_or_too_little_known_says_nothing() -> None:
    assert time_to_limit_us(TIMES, np.arange(10.0), 0, []) is None
    assert time_to_limit_us(TIMES, np.arange(10.0), 0, [-5.0]) is None
    assert time_to_limit_us(TIMES, np.full(10, 5.0), 0, [9.0]) is None
    assert time_to_limit_us(TIMES, np.arange(10.0), 8 * HOUR, [20.0]) is None
    assert time_to_limit_us(TIMES, np.arange(10.0) * 1e-6, 0, [20.0]) is None
