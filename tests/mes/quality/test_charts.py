import math

import numpy as np
import pytest

from mes.quality.charts import Chart, Limits, Subgroup, limits_of, points_of
from mes.quality.constants import c4, d2

# Three subgroups of four: means 10, 11, 12; ranges 2, 2, 4.
FOURS = [
    Subgroup(0, (9.0, 10.0, 10.0, 11.0)),
    Subgroup(1, (10.0, 11.0, 11.0, 12.0)),
    Subgroup(2, (10.0, 12.0, 12.0, 14.0)),
]
HOLE = Subgroup(3, (10.0, None, 11.0, 10.0))


def test_xbar_r_takes_sigma_from_the_mean_range() -> None:
    limits = limits_of(FOURS, Chart.XBAR_R, 4)
    points = points_of(FOURS, Chart.XBAR_R, 4, limits)

    assert limits == Limits(11.0, pytest.approx(8 / 3 / d2(4)), 3, 0)
    # A2 of four values is 0.729 and D4 is 2.282, as every handbook prints.
    assert (points[0].low, points[0].high) == pytest.approx((11 - 0.729 * 8 / 3, 11 + 0.729 * 8 / 3), abs=2e-3)
    assert (points[0].spread_low, points[0].spread_high) == pytest.approx((0, 2.282 * 8 / 3), abs=2e-3)
    assert [(p.value, p.spread) for p in points] == [(10, 2), (11, 2), (12, 4)]


def test_xbar_s_takes_sigma_from_the_mean_standard_deviation() -> None:
    limits = limits_of(FOURS, Chart.XBAR_S, 4)

    mean = (2 * math.sqrt(2 / 3) + math.sqrt(8 / 3)) / 3
    assert limits is not None
    assert limits.sigma == pytest.approx(mean / c4(4))
    # B4 of four values is 2.266.
    assert points_of(FOURS, Chart.XBAR_S, 4, limits)[0].spread_high == pytest.approx(2.266 * mean, abs=2e-3)


def test_individuals_take_sigma_from_moving_ranges() -> None:
    singles = [Subgroup(n, (value,)) for n, value in enumerate((10.0, 12.0, 11.0, 14.0))]

    limits = limits_of(singles, Chart.I_MR, 1)
    points = points_of(singles, Chart.I_MR, 1, limits)

    # 3 / d2 = 2.660, D4 = 3.267.
    assert (points[0].low, points[0].high) == pytest.approx((11.75 - 2.66 * 2, 11.75 + 2.66 * 2), abs=1e-2)
    assert [point.spread for point in points] == [None, 2, 1, 3]
    assert points[1].spread_high == pytest.approx(3.267 * 2, abs=1e-2)
    assert points[0].spread_high is None


def test_the_limits_of_a_p_chart_follow_the_size_of_each_subgroup() -> None:
    subgroups = [Subgroup(0, nonconforming=4, of=100), Subgroup(1, nonconforming=16, of=400)]

    limits = limits_of(subgroups, Chart.P, 100)
    first, second = points_of(subgroups, Chart.P, 100, limits)

    assert (first.value, second.value) == (0.04, 0.04)
    assert first.high == pytest.approx(0.04 + 3 * math.sqrt(0.04 * 0.96 / 100))
    assert second.high == pytest.approx(0.04 + 3 * math.sqrt(0.04 * 0.96 / 400))
    assert (first.low, second.low) == (0, pytest.approx(0.04 - 3 * math.sqrt(0.04 * 0.96 / 400)))


def test_a_c_chart_counts_defects() -> None:
    subgroups = [Subgroup(n, nonconforming=found, of=1) for n, found in enumerate((2, 4, 6))]

    (point, *_) = points_of(subgroups, Chart.C, 1, limits_of(subgroups, Chart.C, 1))

    assert (point.value, point.low, point.high) == (2, 0, pytest.approx(4 + 3 * 2))


def test_an_incomplete_subgroup_is_marked_and_gives_no_point() -> None:
    """Two of its three values are known; their mean would be another thing than the other points."""
    limits = limits_of([*FOURS, HOLE], Chart.XBAR_R, 4)
    (*_, point) = points_of([*FOURS, HOLE], Chart.XBAR_R, 4, limits)

    assert limits == Limits(11.0, pytest.approx(8 / 3 / d2(4)), 3, 1)
    assert (point.complete, point.value, point.z, point.spread) == (False, None, None, None)


def test_no_moving_range_spans_a_missing_value() -> None:
    singles = [Subgroup(0, (1.0,)), Subgroup(1, (None,)), Subgroup(2, (5.0,)), Subgroup(3, (6.0,))]

    limits = limits_of(singles, Chart.I_MR, 1)

    assert limits is not None
    assert limits.sigma == pytest.approx(1 / d2(2))
    assert [point.spread for point in points_of(singles, Chart.I_MR, 1, limits)] == [None, None, None, 1]


@pytest.mark.parametrize(
    ("subgroups", "chart"),
    [
        ([], Chart.XBAR_R),
        (FOURS[:1], Chart.XBAR_R),
        ([HOLE, HOLE], Chart.XBAR_S),
        ([Subgroup(0, (5.0,) * 4), Subgroup(1, (5.0,) * 4)], Chart.XBAR_R),
        ([], Chart.P),
        ([Subgroup(0, nonconforming=0, of=50)] * 3, Chart.P),
        ([Subgroup(0)], Chart.C),
    ],
)
def test_what_shows_no_spread_has_no_limits(subgroups: list[Subgroup], chart: Chart) -> None:
    limits = limits_of(subgroups, chart, 4)

    assert limits is None
    assert all(point.low is point.high is point.z is None for point in points_of(subgroups, chart, 4, limits))


@pytest.mark.parametrize("chart", [Chart.XBAR_R, Chart.XBAR_S, Chart.I_MR])
def test_limits_of_much_data_find_the_sigma_that_made_it(chart: Chart) -> None:
    size = 1 if chart is Chart.I_MR else 5
    values = np.random.default_rng(5).normal(20, 0.5, (4000, size))

    limits = limits_of([Subgroup(n, tuple(row)) for n, row in enumerate(values.tolist())], chart, size)

    assert limits is not None
    assert (limits.centre, limits.sigma) == pytest.approx((20, 0.5), rel=0.03)
