import numpy as np
import pytest

from mes.quality.capability import capability_of
from mes.quality.charts import Chart, Subgroup, limits_of

LSL, USL = 8.0, 12.0


def drawn(seed: int, subgroups: int = 25, size: int = 5, mean: float = 10.5) -> list[Subgroup]:
    values = np.random.default_rng(seed).normal(mean, 0.5, (subgroups, size))
    return [Subgroup(n, tuple(row)) for n, row in enumerate(values.tolist())]


@pytest.mark.parametrize("chart", [Chart.XBAR_R, Chart.XBAR_S, Chart.I_MR])
@pytest.mark.parametrize("subgroups", [25, 100])
def test_in_95_of_100_cases_the_interval_holds_the_true_index(chart: Chart, subgroups: int) -> None:
    """True Cp is 1.333 and true Cpk 1.0; of moving ranges as of subgroups of five."""
    size = 1 if chart is Chart.I_MR else 5
    held = {"cp": 0, "cpk": 0, "pp": 0, "ppk": 0}
    true = {"cp": 4 / 3, "cpk": 1.0, "pp": 4 / 3, "ppk": 1.0}
    for seed in range(400):
        data = drawn(seed, subgroups, size)
        found = capability_of(data, chart, size, limits_of(data, chart, size), LSL, USL)
        for name, index in true.items():
            one = getattr(found, name)
            held[name] += one.low <= index <= one.high

    # The standard error of a share of 0.95 in 400 cases is 0.011.
    assert {name: pytest.approx(0.95, abs=0.04) for name in held} == {name: n / 400 for name, n in held.items()}


def test_no_index_without_its_n() -> None:
    found = capability_of(drawn(1), Chart.XBAR_R, 5, limits_of(drawn(1), Chart.XBAR_R, 5), LSL, USL)

    assert found is not None
    assert found.n == 125
    assert found.cpk is not None
    assert found.cpk.low < found.cpk.value < found.cpk.high


def test_of_one_limit_there_is_no_cp() -> None:
    data = drawn(2, mean=10)
    found = capability_of(data, Chart.XBAR_R, 5, limits_of(data, Chart.XBAR_R, 5), None, USL)

    assert found is not None
    assert found.cp is found.pp is None
    assert found.cpk is not None
    assert found.cpk.value == pytest.approx(4 / 3, rel=0.15)


@pytest.mark.parametrize(
    ("subgroups", "chart", "lsl"),
    [
        ([Subgroup(0, (1.0,) * 5)], Chart.XBAR_R, LSL),
        ([Subgroup(0, nonconforming=1, of=50)] * 30, Chart.P, LSL),
        (drawn(1), Chart.XBAR_R, None),
    ],
)
def test_without_values_or_limits_nothing_is_told(subgroups: list[Subgroup], chart: Chart, lsl: float | None) -> None:
    assert capability_of(subgroups, chart, 5, None, lsl, None) is None


def test_an_incomplete_subgroup_is_in_no_index() -> None:
    data = drawn(3)
    hole = Subgroup(99, (100.0, None, 100.0, 100.0, 100.0))

    limits = limits_of(data, Chart.XBAR_R, 5)
    assert capability_of([*data, hole], Chart.XBAR_R, 5, limits, LSL, USL) == capability_of(
        data, Chart.XBAR_R, 5, limits, LSL, USL
    )


def test_without_any_spread_there_is_no_index() -> None:
    found = capability_of([Subgroup(n, (10.0,)) for n in range(30)], Chart.I_MR, 1, None, LSL, USL)

    assert found is not None
    assert (found.n, found.cpk, found.ppk) == (30, None, None)
