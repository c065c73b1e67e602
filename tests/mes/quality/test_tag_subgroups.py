import pytest

from contract.sample import State
from mes.quality.charts import Subgroup
from mes.quality.tag_subgroups import MOST_INSTANTS, instants, subgroups_of
from tests.mes.screens.lines import MINUTE, SECOND, facts

RUNNING, DOWN, NO_DATA = State.RUNNING, State.DOWN, State.NO_DATA


def test_the_instants_are_the_same_ones_from_wherever_one_looks() -> None:
    whole, _ = instants(0, 20 * MINUTE, MINUTE, 5)
    part, cut = instants(3 * MINUTE, 17 * MINUTE, MINUTE, 5)

    assert len(whole) == 20
    assert part == [n * MINUTE for n in range(5, 15)]
    assert set(part) <= set(whole)
    assert not cut


def test_of_a_span_that_is_too_long_the_newest_are_taken() -> None:
    found, cut = instants(0, 2 * MOST_INSTANTS * SECOND, SECOND, 5)

    assert (len(found), found[-1], cut) == (MOST_INSTANTS, (2 * MOST_INSTANTS - 1) * SECOND, True)


def test_where_the_machine_did_not_run_or_made_another_product_there_is_no_subgroup() -> None:
    known = facts(0, 20, [(0, RUNNING), (5, DOWN), (7, RUNNING)], products=[(0, "part"), (14, "slow-part")])

    found = subgroups_of(range(20), [float(n) for n in range(20)], 2, known, "part")

    assert [subgroup.at_us for subgroup in found] == [0, 2, 8, 10, 12]
    assert found[0] == Subgroup(0, (0.0, 1.0))


def test_where_nothing_is_known_a_subgroup_is_incomplete() -> None:
    """It may have been production, so it does not vanish; what the tag said then counts for nothing."""
    known = facts(0, 8, [(0, RUNNING), (3, NO_DATA), (4, RUNNING)], products=[(0, "part"), (6, None)])

    found = subgroups_of(range(8), [1.0, None, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0], 2, known, "part")

    assert [subgroup.values for subgroup in found] == [(1.0, None), (1.0, None), (1.0, 1.0), (None, None)]


@pytest.mark.parametrize("made", ["slow-part", None])
def test_where_a_machine_tells_no_product_every_run_counts(made: str | None) -> None:
    known = facts(0, 4, [(0, RUNNING)], products=[(0, made)])

    assert len(subgroups_of(range(4), [1.0] * 4, 2, known, None)) == 2


def test_of_no_instant_there_is_no_subgroup() -> None:
    assert subgroups_of([], [], 2, facts(0, 4, [(0, RUNNING)]), None) == []
