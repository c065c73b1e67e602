"""The suite is not for show: every known way to get KPIs wrong is seen by a vector."""

import pytest

from tests.conformance.mutants import MUTANTS, Mutant, failing_vector

SIX = (
    "count-weighted quality",
    "rounded intermediates",
    "24-hour days",
    "capped performance",
    "averaged percentages",
    "lost last interval",
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant.name for mutant in MUTANTS])
def test_the_mistake_is_seen(mutant: Mutant) -> None:
    assert failing_vector(mutant)


def test_the_engine_without_a_mistake_meets_all() -> None:
    assert failing_vector() == ""


def test_the_six_that_were_asked_for_are_among_them() -> None:
    assert set(SIX) <= {mutant.name for mutant in MUTANTS}
