"""A part is scrap once, where it was counted: reports take the latest good parts that were counted by then."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from mes.facts.reported import Placed, beyond, good_of, in_run, placed

amounts = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9).map(Decimal)), max_size=12)


def whole(rows: list[tuple[int, Decimal]]) -> Decimal:
    return sum((quantity for _, quantity in rows), Decimal(0))


def test_a_report_takes_the_latest_parts_by_then_and_then_those_that_came_next() -> None:
    made = [(10, Decimal(2)), (20, Decimal(2)), (30, Decimal(2))]

    found, rest = placed(made, [(25, Decimal(5)), (5, Decimal(9))])

    assert found == [
        Placed(10, Decimal(2), 1),
        Placed(20, Decimal(2), 1),
        Placed(30, Decimal(2), 1),
    ]
    assert rest == [Decimal(5), Decimal(3)]


def test_a_counter_explains_the_earliest_reports() -> None:
    assert beyond(Decimal(5), [(30, Decimal(4)), (10, Decimal(3))]) == [(30, Decimal(2))]


def test_a_report_after_a_run_means_what_was_made_in_it_and_one_before_all_the_first() -> None:
    runs = [(10, 20), (40, None)]

    assert [in_run(runs, at) for at in (5, 15, 30, 50)] == [10, 15, 19, 50]


@given(amounts, amounts)
def test_nothing_is_scrap_twice_and_nothing_is_lost(
    made: list[tuple[int, Decimal]], taken: list[tuple[int, Decimal]]
) -> None:
    found, rest = placed(made, taken)

    assert sum(one.quantity for one in found) + sum(rest) == whole(taken)
    assert sum(rest) == max(Decimal(0), whole(taken) - whole(made))
    left = good_of(made, taken)
    assert all(quantity >= 0 for _, quantity in left)
    assert whole(left) == max(Decimal(0), whole(made) - whole(taken))


@given(amounts, amounts)
def test_the_order_in_which_reports_came_is_of_no_importance(
    made: list[tuple[int, Decimal]], taken: list[tuple[int, Decimal]]
) -> None:
    again = sorted(taken)

    def told(of: list[tuple[int, Decimal]]) -> list[tuple[int, Decimal]]:
        sums: dict[int, Decimal] = {}
        for one in placed(made, of)[0]:
            sums[one.at_us] = sums.get(one.at_us, Decimal(0)) + one.quantity
        return sorted(sums.items())

    assert told(taken) == told(again)
