from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mes.values.spans import Gaps, gaps
from tests.mes.values.columns import SECOND, Row, samples

HOLDS = 6 * SECOND
WINDOW = (0, 100 * SECOND)


def told(found: Gaps) -> list[tuple[float, float, bool]]:
    rows = zip(found.begin.tolist(), found.end.tolist(), found.bad.tolist(), strict=True)
    return [(begin / SECOND, end / SECOND, bad) for begin, end, bad in rows]


def test_a_sample_holds_for_a_while_and_then_nothing_is_known() -> None:
    found = gaps(samples((10, 1.0), (15, 1.0), (40, 2.0), (95, 3.0)), HOLDS, WINDOW)

    assert told(found) == [(0, 10, False), (21, 40, False), (46, 95, False)]


def test_what_held_before_the_window_is_known_in_it() -> None:
    found = gaps(samples((-4, 1.0)), HOLDS, WINDOW)

    assert told(found) == [(2, 100, False)]


def test_a_tag_that_never_told_anything_is_one_gap() -> None:
    assert told(gaps(samples(), HOLDS, WINDOW)) == [(0, 100, False)]


def test_what_was_read_but_bad_is_a_gap_of_its_own_kind() -> None:
    every_second: list[Row] = [(n, None if 20 <= n < 30 else 1.0) for n in range(100)]

    assert told(gaps(samples(*every_second), HOLDS, WINDOW)) == [(20, 30, True)]


rows = st.lists(st.tuples(st.integers(-5, 99), st.sampled_from([None, 1.0, 2.0])), max_size=30)


@given(rows, st.lists(st.integers(1, 99), max_size=4, unique=True))
def test_gaps_are_the_same_whole_or_a_part_at_a_time(
    given_rows: list[tuple[int, float | None]], cuts: list[int]
) -> None:
    all_ = samples(*given_rows)
    whole = gaps(all_, HOLDS, WINDOW)

    parts, before = whole.longest(-1, 2**62), all_.part(-10 * SECOND, 0).last()
    for begin, end in pairwise([0, *sorted(cuts), 100]):
        span = (begin * SECOND, end * SECOND)
        here = before.then(all_.part(*span))
        parts, before = parts.then(gaps(here, HOLDS, span)), here.last()

    assert told(parts) == told(whole)


@given(rows, st.lists(st.integers(1, 99), max_size=6, unique=True))
def test_what_is_missing_in_buckets_adds_up_to_the_gaps(
    given_rows: list[tuple[int, float | None]], cuts: list[int]
) -> None:
    found = gaps(samples(*given_rows), HOLDS, WINDOW)
    edges = np.array([0, *sorted(cuts), 100], np.int64) * SECOND

    missing = found.missing(edges)

    by_hand = [
        sum(max(0, min(end, high) - max(begin, low)) for begin, end, _ in told(found))
        for low, high in pairwise((edges / SECOND).tolist())
    ]
    assert (missing / SECOND).tolist() == by_hand
