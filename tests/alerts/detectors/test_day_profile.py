"""What is usual at which time of day."""

import numpy as np

from alerts.detectors.day_profile import DAY_US, DAYS, DayProfile

HOUR_US = 3_600_000_000


def two_shifts() -> DayProfile:
    """Warm by day, cold by night."""
    made = DayProfile(1)
    for day in range(3):
        for hour in range(24):
            made.learn(day * DAY_US + hour * HOUR_US, np.full((60, 1), 60.0 if 6 <= hour < 22 else 20.0))
    made.sum_up()
    return made


def test_a_value_of_the_day_is_unusual_at_night() -> None:
    made = two_shifts()

    assert made.outside(3 * DAY_US + 12 * HOUR_US, np.array([60.0]))[0] == 0
    assert made.outside(3 * DAY_US + 2 * HOUR_US, np.array([60.0]))[0] == 40


def test_one_day_says_nothing_of_the_next() -> None:
    made = DayProfile(1)
    made.learn(0, np.ones((60, 1)))
    made.sum_up()

    assert np.isnan(made.outside(DAY_US, np.array([9.0]))[0])


def test_old_days_are_forgotten() -> None:
    made = DayProfile(1)
    for day in range(DAYS + 5):
        made.learn(day * DAY_US, np.full((1, 1), float(day)))
    made.sum_up()

    assert len(made.days) == DAYS
    assert made.outside(40 * DAY_US, np.array([0.0]))[0] == 5
