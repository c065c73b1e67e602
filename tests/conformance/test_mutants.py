"""The suite is not for show: every known way to get KPIs wrong is seen by a vector."""

import pytest

from tests.conformance.mutants import MUTANTS, Mutant, failing_vector


@pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant.name for mutant in MUTANTS])
def test_the_mistake_is_seen(mutant: Mutant) -> None:
    assert failing_vector(mutant)


def test_the_engine_without_a_mistake_meets_all() -> None:
    assert failing_vector() == ""
