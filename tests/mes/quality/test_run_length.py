import numpy as np
import pytest

from config.rules.chart_rule_sets import RuleSet
from mes.quality.charts import Chart
from mes.quality.run_length import autocorrelation_of, run_length


def ar1(phi: float, n: int, seed: int) -> list[float]:
    dice = np.random.default_rng(seed)
    values = [float(dice.standard_normal())]
    for noise in (dice.standard_normal(n - 1) * np.sqrt(1 - phi * phi)).tolist():
        values.append(phi * values[-1] + noise)
    return values


# Shewhart: 1 / 0.0027. Western Electric: Champ and Woodall, Technometrics 29(4), 1987.
@pytest.mark.parametrize(("rules", "known"), [(RuleSet.LIMITS, 370.4), (RuleSet.WESTERN_ELECTRIC, 91.75)])
def test_of_independent_points_the_run_length_is_the_known_one(rules: RuleSet, known: float) -> None:
    found = run_length(Chart.XBAR_R, rules, 0)

    assert found.mean is not None
    assert found.standard_error is not None
    assert found.mean == pytest.approx(known, abs=4 * found.standard_error)


def test_signals_of_the_spread_are_among_the_false_ones() -> None:
    """Of five values the range lies beyond its limits in 0.46 of 100 subgroups, the mean in 0.27."""
    means, both = run_length(Chart.XBAR_R, RuleSet.LIMITS, 0), run_length(Chart.XBAR_R, RuleSet.LIMITS, 0, size=5)

    assert means.mean is not None
    assert both.mean == pytest.approx(1 / (0.0027 + 0.0046), rel=0.07)


def test_the_discrete_charts_have_the_run_lengths_of_their_distributions() -> None:
    """P(X >= 12) of 100 parts with a share of 0.05, and P(X >= 11) of 4 defects on average; nothing lies below 0."""
    shares = run_length(Chart.P, RuleSet.LIMITS, 0, 0.05, 100)
    counts = run_length(Chart.C, RuleSet.LIMITS, 0, 4.0)

    assert shares.mean == pytest.approx(1 / 0.004274, rel=0.07)
    assert counts.mean == pytest.approx(1 / 0.002840, rel=0.07)


def test_individuals_that_hang_together_give_many_more_false_signals() -> None:
    """Their moving ranges are small, so their limits are narrow: at 0.5 they lie at 2.12 sigma instead of 3."""
    independent = run_length(Chart.I_MR, RuleSet.LIMITS, 0)
    together = run_length(Chart.I_MR, RuleSet.LIMITS, 0.5)

    assert together.mean is not None
    assert independent.mean is not None
    assert together.mean < independent.mean / 3


def test_a_run_length_is_the_same_each_time_it_is_asked_for() -> None:
    first = run_length(Chart.XBAR_S, RuleSet.NELSON, 0.301)

    assert run_length(Chart.XBAR_S, RuleSet.NELSON, 0.299) == first
    assert run_length(Chart.XBAR_R, RuleSet.NELSON, 0.3) == first


def test_a_chart_that_never_calls_says_so_instead_of_a_number() -> None:
    assert run_length(Chart.C, RuleSet.LIMITS, 0, 20_000.0).mean is not None
    assert run_length(Chart.P, RuleSet.LIMITS, 0, 0.5, 2).mean is None


@pytest.mark.parametrize("phi", [-0.4, 0.0, 0.3, 0.8])
def test_the_autocorrelation_is_that_of_the_process_on_average(phi: float) -> None:
    found = [autocorrelation_of(ar1(phi, 100, seed)) for seed in range(300)]
    values = [one.value for one in found if one is not None]
    held = sum(one.low <= phi <= one.high for one in found if one is not None)

    assert np.mean(values) == pytest.approx(phi, abs=0.03)
    assert held / 300 > 0.85


def test_pairs_with_a_missing_point_do_not_count() -> None:
    values = ar1(0.5, 60, 1)
    values[30] = float("nan")
    found = autocorrelation_of(values)

    assert found is not None
    assert found.pairs == 57


def test_of_too_few_points_or_of_no_spread_nothing_is_told() -> None:
    assert autocorrelation_of(ar1(0.5, 20, 1)) is None
    assert autocorrelation_of([1.0] * 50) is None
    assert autocorrelation_of([]) is None
