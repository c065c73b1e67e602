from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.sample import Quality
from mes.facts.model import Span
from mes.values.hours import bucket_of, gapless, gaps_between, hour_of, joined, long_edges, stretches
from mes.values.spans import Samples, gaps, no_gaps
from mes.values.thinning import Bucket, buckets_of
from mes.web.windows import DAY_US, HOUR_US
from tests.mes.values.columns import SECOND

HOLDS = 30 * SECOND


def test_a_month_in_a_thousand_points_is_told_in_whole_hours() -> None:
    begin = 17 * SECOND
    edges = long_edges((begin, begin + 31 * DAY_US), 1000)

    assert edges is not None
    assert edges.size - 1 <= 250
    assert (edges[1:-1] % HOUR_US == 0).all()
    assert (edges[0], edges[-1]) == (begin, begin + 31 * DAY_US)


def test_a_day_in_a_thousand_points_is_told_from_its_samples() -> None:
    assert long_edges((0, DAY_US), 1000) is None


@given(begin=st.integers(0, 10**13), hours=st.integers(1, 1000), points=st.integers(100, 10_000))
def test_there_are_never_more_points_than_were_asked_for(begin: int, hours: int, points: int) -> None:
    edges = long_edges((begin, begin + hours * HOUR_US), points)

    assert edges is None or (edges.size - 1) * 4 <= points
    assert edges is None or (np.diff(edges) > 0).all()


def test_an_hour_with_few_samples_is_not_kept() -> None:
    assert hour_of(Samples(np.arange(10) * SECOND, np.ones(10), np.zeros(10, np.int64)), 0) is None


@pytest.mark.parametrize("window", [(0, 4 * HOUR_US), (5, 4 * HOUR_US), (0, 4 * HOUR_US + 9), (7, 9)])
def test_the_parts_of_a_window_follow_each_other(window: Span) -> None:
    found = stretches(window, [HOUR_US, 2 * HOUR_US, 90 * HOUR_US])

    assert found[0][0][0] == window[0]
    assert found[-1][0][1] == window[1]
    assert all(one[0][1] == other[0][0] for one, other in pairwise(found))


# What is read of kept hours is what is read of their samples: no extreme, no gap and no count differs.
@given(
    st.lists(
        st.tuples(
            st.sampled_from([SECOND, SECOND, SECOND, 5 * SECOND, 40 * SECOND]),
            st.integers(-3, 3),
            st.sampled_from([Quality.GOOD, Quality.GOOD, Quality.GOOD, Quality.UNCERTAIN, Quality.BAD]),
        ),
        min_size=1,
        max_size=30,
    ),
    st.integers(0, HOUR_US),
)
def test_kept_hours_tell_what_their_samples_tell(pattern: list[tuple[int, int, Quality]], begin: int) -> None:
    count = 6000
    steps = np.array([pattern[n % len(pattern)][0] for n in range(count)], np.int64)
    # Only now and then one is BAD, or nothing comes for a while, so that there are hours without it.
    usual = np.arange(count) % 2000 > len(pattern)
    at = np.cumsum(np.where(usual, SECOND, steps))
    bad = np.array([pattern[n % len(pattern)][2] for n in range(count)], np.int64)
    quality = np.where(usual, 0, bad)
    value = np.where(quality == 2, np.nan, np.array([pattern[n % len(pattern)][1] for n in range(count)], float))
    samples = Samples(at, value, quality)
    window = (begin, int(at[-1]) + HOUR_US // 3)
    edges = np.array([window[0], *range(window[0] // HOUR_US * HOUR_US + HOUR_US, window[1], HOUR_US), window[1]])

    assert _by_hours(samples, window, edges) == _by_samples(samples, window, edges)


def _by_samples(samples: Samples, window: Span, edges: np.ndarray) -> tuple[list[Bucket], list[int]]:
    unknown = gaps(samples.part(0, window[1]), HOLDS, window)
    return buckets_of(samples.part(*window), unknown, edges), unknown.begin.tolist()


def _by_hours(samples: Samples, window: Span, edges: np.ndarray) -> tuple[list[Bucket], list[int]]:
    begins = range(window[0] // HOUR_US * HOUR_US, window[1], HOUR_US)
    made = [hour_of(samples.part(begin, begin + HOUR_US), begin) for begin in begins]
    kept = {hour.begin_us: hour for hour in made if hour is not None and gapless(hour, HOLDS)}
    before, told, parts = samples.part(0, window[0]).last(), no_gaps(), list[Bucket]()
    for (begin, end), is_kept in stretches(window, kept):
        if is_kept:
            these = [kept[at] for at in range(begin, end, HOUR_US)]
            unknown, before = gaps_between(these, before, HOLDS, (begin, end))
            parts += map(bucket_of, these)
        else:
            some = samples.part(begin, end)
            unknown = gaps(before.then(some), HOLDS, (begin, end))
            inner = edges[(edges > begin) & (edges < end)]
            parts += buckets_of(some, unknown, np.array([begin, *inner, end]))
            before = before.then(some).last()
        told = told.then(unknown)
    return joined(parts, told, edges), told.begin.tolist()
