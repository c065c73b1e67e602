"""What is kept of good time."""

import numpy as np

from alerts.detectors.learned import DAY_US, Blocks, Reference

HOUR_US = 3_600_000_000


def test_only_the_last_blocks_are_kept_and_all_are_counted() -> None:
    made = Blocks(1, most=3)
    for hour in range(5):
        made.add(hour * HOUR_US, np.full((2, 1), hour), np.zeros((2, 1)), np.zeros(1), np.zeros(3))

    assert (len(made), made.seen) == (3, 5)
    assert list(made.highs[:, 0, 0]) == [2, 3, 4]


def test_a_week_of_holidays_is_no_week_of_good_time() -> None:
    made = Blocks(1, most=10)
    for at in (HOUR_US, 2 * HOUR_US, 8 * DAY_US):
        made.add(at, np.zeros((2, 1)), np.zeros((2, 1)), np.zeros(1), np.zeros(3))

    assert made.span_us(HOUR_US) == 2 * HOUR_US + DAY_US


def test_each_product_has_a_reference_of_its_own_once_enough_was_seen() -> None:
    made = Reference(2)
    for value in (10.0, 12.0):
        assert made.of("cap-28") is None
        made.learn("cap-28", np.array([value, np.nan]), enough=2)

    found = made.of("cap-28")

    assert found is not None
    assert list(found) == [11.0, 0.0]
    assert made.of(None) is None
