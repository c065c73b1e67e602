"""The suite is not for show: every known way to get KPIs wrong is seen by a vector or a law."""

import pytest

from tests.conformance.mutants import MUTANTS, Mutant, caught_by, copied, failing_vectors

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
    assert caught_by(mutant)


def test_the_engine_without_a_mistake_meets_all(tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert failing_vectors(copied(tmp_path)) == []


def test_the_six_that_were_asked_for_are_among_them() -> None:
    assert set(SIX) <= {mutant.name for mutant in MUTANTS}
