"""A small shift that lasts."""

import numpy as np

from alerts.detectors.cusum import Cusum


def test_a_small_shift_adds_up_and_its_beginning_is_known() -> None:
    made = Cusum(2)
    for second in range(20):
        made.add(second, np.array([0.2, -0.2]))
    assert made.highest.max() == 0

    for second in range(20, 40):
        made.add(second, np.array([1.5, 0.0]))

    assert abs(made.highest[0] - 20) < 1e-9
    assert made.began_us(0) == 20


def test_one_wild_value_adds_little() -> None:
    made = Cusum(1)

    made.add(0, np.array([1e9]))

    assert made.highest[0] == 2.5


def test_a_missing_value_changes_nothing_and_an_end_is_an_end() -> None:
    made = Cusum(1)
    made.add(0, np.array([-2.0]))
    made.add(1, np.array([np.nan]))
    assert made.highest[0] == 1.5
    assert made.began_us(0) == 0

    made.end(np.array([True]))

    assert made.highest[0] == 0
