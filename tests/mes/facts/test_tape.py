"""The state tape: contiguous, honest about silence, a function of its samples only."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.sample import State
from mes.facts.tape import durations, product_tape, state_tape
from tests.mes.readings import SECOND, Row, readings

SILENCE = 6 * SECOND
RUNNING, DOWN, NO_DATA = float(State.RUNNING), float(State.DOWN), float(State.NO_DATA)
CODES = st.sampled_from([None, *(float(state) for state in State)])
ROWS = st.lists(st.tuples(st.integers(0, 200), CODES), min_size=1, max_size=30).map(
    lambda rows: sorted(rows, key=lambda row: row[0])
)
EDGES = st.lists(st.integers(-50, 300), min_size=2, max_size=8, unique=True).map(sorted)


def tape(rows: list[Row]) -> list[tuple[float, int]]:
    found = state_tape(readings(rows), SILENCE)
    return [(at / SECOND, state) for at, state in zip(found.at.tolist(), found.value.tolist(), strict=True)]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(0, RUNNING), (5, DOWN)], [(0, 1), (5, 5), (11, 0)]),
        ([(0, RUNNING), (5, RUNNING)], [(0, 1), (11, 0)]),
        ([(0, RUNNING), (6, RUNNING)], [(0, 1), (12, 0)]),
        ([(0, RUNNING), (20, RUNNING)], [(0, 1), (6, 0), (20, 1), (26, 0)]),
        ([(0, RUNNING), (3, None), (4, RUNNING)], [(0, 1), (3, 0), (4, 1), (10, 0)]),
        ([(0, RUNNING), (2, DOWN), (2, RUNNING)], [(0, 1), (8, 0)]),
        ([(0, None), (3, RUNNING)], [(0, 0), (3, 1), (9, 0)]),
        ([(0, 77.0), (3, 1e300), (5, 1.5)], [(0, 0)]),
        ([], []),
    ],
    ids=[
        "a change, then silence",
        "a heartbeat holds the state on",
        "just in time",
        "a silence between two samples",
        "a BAD sample ends what is known at once",
        "of two at one instant the last wins",
        "the tape begins with its first sample",
        "a number that is no state is no data",
        "nothing",
    ],
)
def test_the_law_of_the_tape(rows: list[Row], expected: list[tuple[float, int]]) -> None:
    assert tape(rows) == expected


@given(ROWS)
def test_a_tape_has_no_two_equal_neighbours_and_ends_in_no_data(rows: list[Row]) -> None:
    found = state_tape(readings(rows), SILENCE)

    assert (np.diff(found.at) > 0).all()
    assert (found.value[1:] != found.value[:-1]).all()
    assert found.value[-1] == State.NO_DATA


@given(ROWS, st.integers(0, 210))
def test_the_tape_says_at_each_instant_what_its_last_sample_said(rows: list[Row], second: int) -> None:
    now = second * SECOND
    last = [row for row in rows if row[0] <= second][-1:]
    fresh = bool(last) and last[0][1] is not None and now < last[0][0] * SECOND + SILENCE
    expected = int(last[0][1] or 0) if fresh else State.NO_DATA

    found = state_tape(readings(rows), SILENCE)
    index = int(np.searchsorted(found.at, now, side="right")) - 1

    assert (int(found.value[index]) if index >= 0 else State.NO_DATA) == expected


@given(ROWS, EDGES)
def test_durations_of_any_partition_add_up_to_those_of_the_whole(rows: list[Row], edges: list[int]) -> None:
    found = state_tape(readings(rows), SILENCE)
    start, end = edges[0] * SECOND, edges[-1] * SECOND
    at, value = np.append(start - SECOND * 1000, found.at), np.append(0, found.value)
    parts = [(a * SECOND, b * SECOND) for a, b in pairwise(edges)]

    added: dict[int, int] = {}
    for part in parts:
        for state, length in durations(at, value, end, [part]).items():
            added[state] = added.get(state, 0) + length

    assert added == durations(at, value, end, [(start, end)]) == durations(at, value, end, parts)
    assert sum(added.values()) == end - start


def test_a_product_holds_through_silence_and_bad_samples() -> None:
    found = product_tape(readings([(0, 1.0), (100, None), (500, 1.0), (600, 2.0), (601, 1e300)]))

    assert (found.at // SECOND).tolist() == [0, 600]
    assert found.value.tolist() == [1, 2]
