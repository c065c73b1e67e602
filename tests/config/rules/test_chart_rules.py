import numpy as np
import pytest

from config.rules.chart_rule_sets import RuleSet
from config.rules.chart_rules import RULES, Signal, any_signal, signals_of

WE, NELSON = RuleSet.WESTERN_ELECTRIC, RuleSet.NELSON
NAN = float("nan")
CALM = [0.4, -0.3, 0.2, -0.6]
UP_AND_DOWN = [0.5, -0.5] * 7


def named(z: list[float], rules: RuleSet) -> list[tuple[str, int, tuple[int, ...]]]:
    return [(s.rule, s.at, s.points) for s in signals_of(z, rules)]


@pytest.mark.parametrize(
    ("rules", "rule", "z", "points"),
    [
        (WE, "western_electric_1", [*CALM, 3.1], (4,)),
        (WE, "western_electric_2", [*CALM, 2.1, 0.1, 2.2], (4, 6)),
        (WE, "western_electric_2", [*CALM, -2.1, -2.2], (4, 5)),
        (WE, "western_electric_3", [*CALM, 1.1, 1.2, 0.2, 1.3, 1.4], (4, 5, 7, 8)),
        (WE, "western_electric_4", [-0.1, *[0.2, 0.4] * 4], tuple(range(1, 9))),
        (NELSON, "nelson_1", [*CALM, -3.1], (4,)),
        (NELSON, "nelson_2", [0.1, *[-0.2, -0.4, -0.3] * 3], tuple(range(1, 10))),
        (NELSON, "nelson_3", [0.5, -0.9, -0.6, -0.2, 0.3, 0.5, 0.9], tuple(range(1, 7))),
        (NELSON, "nelson_3", [-0.5, 0.9, 0.6, 0.2, -0.3, -0.5, -0.9], tuple(range(1, 7))),
        (NELSON, "nelson_4", [v * 2.5 for v in UP_AND_DOWN], tuple(range(14))),
        (NELSON, "nelson_5", [*CALM, 2.1, 2.2], (4, 5)),
        (NELSON, "nelson_6", [*CALM, -1.1, -1.2, -1.2, -1.4], (4, 5, 6, 7)),
        (NELSON, "nelson_7", [1.5, *[0.2, 0.4, -0.3] * 5], tuple(range(1, 16))),
        (NELSON, "nelson_8", [0.1, *[1.2, -1.4, -1.3, 1.1] * 2], tuple(range(1, 9))),
    ],
)
def test_each_rule_names_the_points_that_broke_it(
    rules: RuleSet, rule: str, z: list[float], points: tuple[int, ...]
) -> None:
    assert [found for found in named(z, rules) if found[0] == rule] == [(rule, points[-1], points)]


@pytest.mark.parametrize(
    ("rules", "z"),
    [
        (WE, [*CALM, 3.0]),
        (WE, [*CALM, 2.1, -2.2, 0.1]),
        (WE, [*CALM, 2.1, 0.1, 0.1, 2.2]),
        (WE, [-0.1, *[0.2] * 7]),
        (NELSON, [0.1, *[-0.2] * 8]),
        (NELSON, [0.5, -0.9, -0.6, -0.2, 0.3, 0.5, 0.4]),
        (NELSON, UP_AND_DOWN[:13]),
        (NELSON, [0.1, *[1.2, -1.4, 1.3, -1.2, 1.1, -1.3, 1.2], 0.9]),
    ],
)
def test_one_point_less_is_no_signal(rules: RuleSet, z: list[float]) -> None:
    assert named(z, rules) == []


@pytest.mark.parametrize("rules", [WE, NELSON])
def test_a_point_that_is_not_known_breaks_every_run(rules: RuleSet) -> None:
    """Two halves of a run around a missing subgroup are no run: what was between them is not known."""
    half = {WE: 7, NELSON: 8}[rules]
    whole = [0.2, 0.4] * half

    assert named(whole, rules) != []
    assert named([*whole[:half], NAN, *whole[:half]], rules) == []
    assert named([NAN] * 20, rules) == []


def test_a_chart_with_few_points_or_none_has_no_signal_of_a_run() -> None:
    assert named([], NELSON) == named([0.1], NELSON) == []
    assert signals_of([4.0], RuleSet.LIMITS) == [Signal("beyond_limits", 0, (0,))]


@pytest.mark.parametrize("rules", list(RuleSet))
def test_many_charts_at_once_are_judged_as_each_of_them_is(rules: RuleSet) -> None:
    charts = np.random.default_rng(7).standard_normal((20, 200)) * 1.3

    together = any_signal(charts, rules)

    for row, judged in zip(charts, together, strict=True):
        assert set(np.flatnonzero(judged).tolist()) == {s.at for s in signals_of(row.tolist(), rules)}


def test_western_electric_has_four_rules_and_nelson_eight() -> None:
    assert [len(RULES[rules]) for rules in RuleSet] == [1, 4, 8]
