"""A limit from good time alone, that is passed by chance as often as is allowed."""

import math

import numpy as np
import pytest

from alerts.detectors.limit import limit_of, limits_of


@pytest.mark.parametrize("blocks", [50, 168, 1000])
@pytest.mark.parametrize("tail", ["gumbel", "normal", "laplace"])
def test_the_budget_is_kept_within_a_factor_of_two(blocks: int, tail: str) -> None:
    rng = np.random.default_rng(7)
    draw = getattr(rng, tail)
    allowed = 1 / 168
    came = [float((draw(size=5000) > limit_of(draw(size=blocks), allowed * blocks)).mean()) for _ in range(200)]

    assert np.mean(came) < 2 * allowed


def test_nothing_is_known_of_a_few_blocks() -> None:
    assert limit_of(np.arange(7.0), 1.0) == math.inf


def test_it_lies_higher_the_less_is_known() -> None:
    rng = np.random.default_rng(1)
    peaks = rng.exponential(size=1000)

    assert limit_of(peaks[:30], 30 / 168) > limit_of(peaks, 1000 / 168)


def test_one_long_event_counts_once() -> None:
    short = np.random.default_rng(4).exponential(size=1000)
    long = short.copy()
    short[500] = long[500:530] = 8.0

    assert limit_of(long, 1.0) < limit_of(short, 1.0) * 1.2


def test_a_figure_that_never_moved_has_its_own_value_as_limit() -> None:
    assert limit_of(np.ones(100), 1.0) == 1.0


def test_each_column_has_a_limit_of_its_own() -> None:
    peaks = np.random.default_rng(2).normal(size=(200, 2)) * np.array([1.0, 10.0])

    low, high = limits_of(peaks, 1.0)

    assert high > 5 * low
