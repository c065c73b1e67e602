from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from contract.sample import Quality
from mes.values.runs import Run, joined, runs_of
from tests.mes.values.columns import SECOND, samples

HOLDS = 6 * SECOND


def told(runs: list[Run]) -> list[tuple[float, float, float | None]]:
    return [(run.from_us / SECOND, run.to_us / SECOND, run.value) for run in runs]


def test_a_run_lasts_until_another_value_or_until_nothing_is_known() -> None:
    found = runs_of(samples((0, 1.0), (5, 1.0), (8, 2.0), (30, 2.0), (32, None), (33, None)), HOLDS, 10)

    assert told(found) == [(0, 8, 1.0), (8, 14, 2.0), (30, 32, 2.0), (32, 39, None)]
    assert found[-1].quality is Quality.BAD


rows = st.lists(st.tuples(st.integers(0, 99), st.sampled_from([None, 1.0, 2.0])), max_size=30, unique_by=lambda r: r[0])


@given(rows, st.lists(st.integers(1, 99), max_size=4, unique=True))
def test_runs_are_the_same_whole_or_a_part_at_a_time(
    given_rows: list[tuple[int, float | None]], cuts: list[int]
) -> None:
    all_ = samples(*given_rows)

    parts: list[Run] = []
    for begin, end in pairwise([0, *sorted(cuts), 100]):
        parts = joined(parts, runs_of(all_.part(begin * SECOND, end * SECOND), HOLDS, 1000))

    assert parts == runs_of(all_, HOLDS, 1000)
