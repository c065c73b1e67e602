import numpy as np
import pytest

from mes.quality.constants import LARGEST_SUBGROUP, c4, d2, d3

DRAWN = 200_000


@pytest.mark.parametrize("n", [2, 3, 5, 10, 25])
def test_the_constants_are_what_normal_values_show(n: int) -> None:
    values = np.random.default_rng(n).standard_normal((DRAWN, n))
    ranges, deviations = np.ptp(values, axis=1), np.std(values, axis=1, ddof=1)
    error = 4 / np.sqrt(DRAWN)

    assert d2(n) == pytest.approx(ranges.mean(), abs=error * d3(n))
    assert d3(n) == pytest.approx(ranges.std(), abs=error * d3(n))
    assert c4(n) == pytest.approx(deviations.mean(), abs=error * deviations.std())


# ASTM E2587, table 6: what every handbook prints.
@pytest.mark.parametrize(
    ("n", "printed"),
    [
        (2, (1.128, 0.853, 0.7979)),
        (5, (2.326, 0.864, 0.9400)),
        (10, (3.078, 0.797, 0.9727)),
        (25, (3.931, 0.708, 0.9896)),
    ],
)
def test_the_constants_are_those_of_the_handbooks(n: int, printed: tuple[float, float, float]) -> None:
    assert (round(d2(n), 3), round(d3(n), 3), round(c4(n), 4)) == printed


@pytest.mark.parametrize("n", [0, 1, LARGEST_SUBGROUP + 1])
def test_a_subgroup_of_no_spread_has_no_constants(n: int) -> None:
    for constant in (d2, d3, c4):
        with pytest.raises(ValueError, match="2 to 25"):
            constant(n)
