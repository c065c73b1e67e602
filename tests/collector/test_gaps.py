"""Gaps are exactly the numbers that have not come, in whatever order and however often the others came."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from collector.gaps import Range, gaps_after

numbers = st.lists(st.integers(1, 40), min_size=1, max_size=60)
# Some deliveries at once, some one by one; the same number may come in several.
deliveries = st.lists(st.lists(st.integers(1, 40), max_size=8), max_size=20)


def after(batches: list[list[int]]) -> tuple[int, list[Range]]:
    """The state after batches that came one after another, each starting from what the last one left."""
    highest, missing = 0, list[Range]()
    for batch in batches:
        highest, missing = gaps_after(highest, missing, batch)
    return highest, missing


def numbers_in(ranges: list[Range]) -> list[int]:
    return [number for first, last in ranges for number in range(first, last + 1)]


@given(deliveries)
def test_what_is_missing_is_what_has_not_come(batches: list[list[int]]) -> None:
    come = {number for batch in batches for number in batch}

    highest, missing = after(batches)

    assert max(come, default=0) == highest
    assert sorted(set(range(1, highest + 1)) - come) == numbers_in(missing)


@given(deliveries)
def test_gaps_are_in_order_and_the_widest_possible(batches: list[list[int]]) -> None:
    _, missing = after(batches)

    ends = [number for gap in missing for number in gap]
    assert sorted(ends) == ends
    assert all(last + 1 < first for (_, last), (first, _) in pairwise(missing))


@given(numbers)
def test_the_order_of_arrival_and_a_second_delivery_change_nothing(come: list[int]) -> None:
    in_order = after([sorted(set(come))])

    one_by_one = after([[number] for number in come])
    twice = after([come, come])

    assert in_order == one_by_one == twice


def test_a_whole_missing_week_is_one_range() -> None:
    assert gaps_after(10, [], [6_000_010]) == (6_000_010, [(11, 6_000_009)])


def test_nothing_new_changes_nothing() -> None:
    assert gaps_after(9, [(2, 3), (5, 5)], []) == (9, [(2, 3), (5, 5)])
