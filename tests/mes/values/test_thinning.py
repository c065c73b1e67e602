import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from contract.sample import Quality
from mes.values.spans import gaps
from mes.values.thinning import POINTS_OF_ONE, Bucket, buckets_of, edges_of
from tests.mes.values.columns import SECOND, Row, samples

WINDOW = (0, 100 * SECOND)


def thinned(rows: list[Row], points: int) -> list[Bucket]:
    found = samples(*rows)
    return buckets_of(found, gaps(found, 6 * SECOND, WINDOW), edges_of(WINDOW, points))


def test_a_spike_of_one_sample_is_kept_with_its_instant() -> None:
    rows: list[Row] = [(n / 10, 99.5 if n == 637 else -3.0 if n == 638 else 20.0) for n in range(1000)]

    found = thinned(rows, 40)

    points = {(point.at_us, point.value) for bucket in found for point in bucket.points or ()}
    assert {(63_700_000, 99.5), (63_800_000, -3.0)} <= points


def test_a_bucket_tells_how_many_samples_were_good_and_how_much_is_missing() -> None:
    rows: list[Row] = [(n, None if n < 5 else 1.0) for n in range(10)]

    [first, second, *_] = thinned([*rows, (11, 2.0, Quality.UNCERTAIN)], 40)

    assert (first.samples, first.good, first.missing_us) == (10, 5, 5 * SECOND)
    assert (second.samples, second.good, second.missing_us) == (1, 0, 3 * SECOND)


def test_a_bucket_of_bad_samples_alone_has_no_points() -> None:
    [only] = thinned([(3, None), (4, None)], 40)

    assert (only.samples, only.good, only.points) == (2, 0, None)


values = st.lists(st.tuples(st.floats(0, 99.9), st.none() | st.floats(-10, 10)), min_size=1, max_size=60)


@given(values, st.integers(4, 60))
def test_no_bucket_loses_its_least_greatest_first_or_last_value(
    rows: list[tuple[float, float | None]], points: int
) -> None:
    all_, edges = samples(*rows), edges_of(WINDOW, points)

    found = thinned(list(rows), points)

    assert sum(bucket.samples for bucket in found) == len(rows)
    assert sum(POINTS_OF_ONE for bucket in found if bucket.points) <= points
    for bucket in found:
        inside = all_.part(bucket.begin_us, bucket.end_us)
        usable = inside.value[~np.isnan(inside.value)].tolist()
        told = None if bucket.points is None else [point.value for point in bucket.points]
        expected = [usable[0], min(usable), max(usable), usable[-1]] if usable else None
        assert told == expected
    assert [bucket.begin_us for bucket in found] == sorted(
        {int(edges[n]) for n in np.searchsorted(edges, all_.at, "right") - 1}
    )
