"""A column is the same again after it was written as runs; what are no runs is refused."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.runs import BrokenRuns, from_ranges, from_runs, ranges_of, runs_of

columns = st.lists(st.integers(-3, 3) | st.integers(-(2**62), 2**62), min_size=1, max_size=30)
places = st.lists(st.integers(0, 12), min_size=1, max_size=30)


@given(columns)
def test_a_column_is_the_same_after_it_was_runs(numbers: list[int]) -> None:
    runs = runs_of(np.array(numbers, np.int64))

    assert from_runs("edge", runs, len(numbers)).tolist() == numbers
    assert len(runs) <= 2 * len(numbers)


@given(places)
def test_places_are_the_same_after_they_were_ranges(numbers: list[int]) -> None:
    ranges = ranges_of(np.array(numbers, np.int64))

    assert from_ranges("index", ranges, len(numbers), 13).tolist() == numbers


@pytest.mark.parametrize(
    ("numbers", "runs", "ranges"),
    [([7, 7, 7, 9], [7, 3, 9, 1], [7, 1, 7, 1, 7, 1, 9, 1]), ([4, 5, 6, 0], [4, 1, 5, 1, 6, 1, 0, 1], [4, 3, 0, 1])],
)
def test_what_is_alike_or_counts_up_is_one_run(numbers: list[int], runs: list[int], ranges: list[int]) -> None:
    column = np.array(numbers, np.int64)

    assert (runs, ranges) == (runs_of(column), ranges_of(column))


@pytest.mark.parametrize(
    ("runs", "reason"),
    [
        ([], "edge has 0 numbers"),
        ([1, 2, 3], "edge has 3 numbers"),
        ([1, 0, 1, 3], "entries than the 3"),
        ([1, -1, 1, 4], "entries than the 3"),
        ([1, 2], "entries than the 3"),
        ([1, 4], "entries than the 3"),
        ([1, 2**62, 1, 2**62], "entries than the 3"),
        ([2**63, 3], "beyond 2^63"),
    ],
)
def test_what_are_no_runs_is_refused_with_its_name(runs: list[int], reason: str) -> None:
    with pytest.raises(BrokenRuns, match=re.escape(reason)):
        from_runs("edge", runs, 3)


@pytest.mark.parametrize("ranges", [[-1, 3], [0, 2, 3, 1], [1, 3], [2**63 - 1, 3]])
def test_a_place_beyond_the_names_is_refused(ranges: list[int]) -> None:
    with pytest.raises(BrokenRuns, match="index points outside the 3 names"):
        from_ranges("index", ranges, 3, 3)
