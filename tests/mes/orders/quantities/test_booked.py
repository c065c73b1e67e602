"""Parts are booked once: produced = good + scrap + rework, whatever counters and people say, in any partition."""

from bisect import bisect_right
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes.orders.quantities.booked import (
    UNASSIGNED,
    Booked,
    Count,
    QuantityKind,
    Report,
    Rules,
    ScrapPolicy,
    book,
    certain_scrap,
    counted,
    not_counted,
    totals,
)

D = Decimal
HAS = frozenset({"total", "scrap"})


def rules(policy: ScrapPolicy = ScrapPolicy.EXPLAIN, has: frozenset[str] = HAS, edges: tuple[int, ...] = ()) -> Rules:
    return Rules(True, has, policy, edges)


def count(at: int, counter: str, parts: int, most: int | None = None) -> Count:
    return Count(at, counter, D(parts), D(parts if most is None else most))


def scrap(at: int, parts: int, reason: str = "burr", *, downstream: bool = False) -> Report:
    return Report(at, QuantityKind.SCRAP, D(parts), reason, downstream)


@pytest.mark.parametrize("first", ["counter", "operator"])
def test_the_operators_seven_meet_the_counters_five_as_seven_whichever_came_first(first: str) -> None:
    told, said = (10, 20) if first == "counter" else (20, 10)
    rows = book([count(5, "total", 100), count(told, "scrap", 5)], [scrap(said, 7)], rules())

    assert totals(rows) == {QuantityKind.GOOD: (93, 93), QuantityKind.SCRAP: (7, 7), QuantityKind.REWORK: (0, 0)}
    assert certain_scrap(rows) == {"burr": 7}


def test_what_a_counter_tells_and_nobody_explains_has_no_reason() -> None:
    rows = book([count(5, "total", 100), count(10, "scrap", 5), count(20, "scrap", 4)], [scrap(30, 6)], rules())

    assert certain_scrap(rows) == {"burr": 6, UNASSIGNED: 3}
    assert [(r.at_us, r.low, r.reason) for r in rows if r.kind is QuantityKind.SCRAP] == [
        (10, 5, "burr"),
        (20, 1, "burr"),
        (20, 3, UNASSIGNED),
    ]


@pytest.mark.parametrize(
    ("policy", "expected"), [(ScrapPolicy.EXPLAIN, 7), (ScrapPolicy.ADD, 12), (ScrapPolicy.REPLACE, 7)]
)
def test_the_policy_says_how_a_report_meets_the_counter(policy: ScrapPolicy, expected: int) -> None:
    rows = book([count(5, "total", 100), count(10, "scrap", 5)], [scrap(20, 7)], rules(policy))

    assert totals(rows)[QuantityKind.SCRAP] == (expected, expected)
    assert totals(rows)[QuantityKind.GOOD] == (100 - expected, 100 - expected)


def test_scrap_that_is_found_downstream_always_adds() -> None:
    rows = book([count(5, "total", 100), count(10, "scrap", 5)], [scrap(20, 3), scrap(30, 2, downstream=True)], rules())

    assert totals(rows)[QuantityKind.SCRAP] == (7, 7)


def test_a_report_of_one_shift_explains_nothing_of_another() -> None:
    rows = book([count(5, "total", 100), count(10, "scrap", 5)], [scrap(60, 7)], rules(edges=(50,)))

    assert totals(rows)[QuantityKind.SCRAP] == (12, 12)


def test_rework_is_neither_good_nor_scrap() -> None:
    rows = book([count(5, "total", 100)], [Report(20, QuantityKind.REWORK, D(4))], rules())

    assert totals(rows) == {QuantityKind.GOOD: (96, 96), QuantityKind.SCRAP: (0, 0), QuantityKind.REWORK: (4, 4)}


def test_what_is_not_certain_of_scrap_is_not_certain_of_good() -> None:
    rows = book([count(5, "total", 100, 110), count(10, "scrap", 5, 8)], [], rules())

    assert totals(rows) == {QuantityKind.GOOD: (92, 105), QuantityKind.SCRAP: (5, 8), QuantityKind.REWORK: (0, 0)}


def test_where_people_count_the_counter_is_a_witness() -> None:
    reports = [Report(5, QuantityKind.GOOD, D("12.5")), scrap(6, 2)]
    by_hand = Rules(False, HAS, ScrapPolicy.EXPLAIN, ())

    assert totals(book([count(5, "total", 100)], reports, by_hand))[QuantityKind.GOOD] == (D("12.5"), D("12.5"))


def test_no_more_may_be_scrap_than_was_made() -> None:
    rows = book([count(5, "total", 20), count(10, "scrap", 1, 300)], [], rules())

    assert totals(rows) == {QuantityKind.GOOD: (0, 19), QuantityKind.SCRAP: (1, 20), QuantityKind.REWORK: (0, 0)}


def test_what_was_made_unseen_is_not_certain_and_never_less_than_nothing() -> None:
    rows = book([count(5, "total", 0, 6000), count(10, "scrap", 2, 6500)], [], rules())

    assert totals(rows) == {QuantityKind.GOOD: (0, 5998), QuantityKind.SCRAP: (2, 6000), QuantityKind.REWORK: (0, 0)}


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([("total", 60), ("total", 40), ("scrap", 5)], (95, 5)),
        ([("total", 100), ("good", 92)], (92, 8)),
        ([("good", 92)], (92, None)),
        ([("total", 100)], (100, None)),
        ([], (None, None)),
    ],
)
def test_counters_alone_say_what_is_certain(
    counts: list[tuple[str, int]], expected: tuple[int | None, int | None]
) -> None:
    steps = [count(0, name, parts, parts + 5) for name, parts in counts]

    assert counted(steps, {name for name, _ in counts}) == expected


COUNTERS = [frozenset({"total"}), HAS, frozenset({"good"}), frozenset({"good", "scrap"}), frozenset({"total", "good"})]
INSTANT = st.integers(0, 100)


@st.composite
def floors(draw: st.DrawFn) -> tuple[list[Count], list[Report], Rules]:
    has = draw(st.sampled_from(COUNTERS))
    step = st.tuples(INSTANT, st.sampled_from(sorted(has)), st.integers(0, 9), st.integers(0, 3))
    said = st.tuples(
        INSTANT, st.sampled_from((QuantityKind.SCRAP, QuantityKind.REWORK)), st.integers(1, 9), st.booleans()
    )
    counts = [count(at, name, n, n + more) for at, name, n, more in draw(st.lists(step, max_size=12))]
    reports = [
        Report(
            at,
            kind,
            D(n),
            draw(st.sampled_from("abc")) if kind is QuantityKind.SCRAP else None,
            late and kind is QuantityKind.SCRAP,
        )
        for at, kind, n, late in draw(st.lists(said, max_size=6))
    ]
    edges = tuple(sorted(draw(st.sets(INSTANT, max_size=3))))
    return counts, reports, Rules(True, has, draw(st.sampled_from(ScrapPolicy)), edges)


def parts(counts: list[Count], counter: str) -> Decimal:
    return sum((c.low for c in counts if c.counter == counter), D(0))


def low(rows: list[Booked]) -> Decimal:
    return sum((row.low for row in rows), D(0))


@given(floors())
def test_produced_is_good_and_scrap_and_rework(floor: tuple[list[Count], list[Report], Rules]) -> None:
    """Where nothing is uncertain: a total is it, else good and scrap as counted; beside it what is not counted."""
    counts, reports, by = floor
    sure = [Count(c.at_us, c.counter, c.low, c.low) for c in counts]
    rows = book(sure, reports, by)
    made = {name: parts(sure, name) for name in ("total", "good", "scrap")}
    if by.has == {"total", "good"} and by.policy is not ScrapPolicy.REPLACE:
        cells = [[c for c in sure if bisect_right(by.edges, c.at_us) == n] for n in range(len(by.edges) + 1)]
        produced = sum(max(parts(cell, "total"), parts(cell, "good")) for cell in cells)
    elif "good" not in by.has or ("total" in by.has and by.policy is ScrapPolicy.REPLACE):
        produced = made["total"]
    else:
        produced = made["good"] + made["scrap"]

    assert low([row for row in rows if row.counted]) == produced
    assert not_counted(rows) == low(rows) - produced


@given(floors())
def test_bounds_are_in_order_and_certain_parts_do_not_depend_on_how_they_are_split(
    floor: tuple[list[Count], list[Report], Rules],
) -> None:
    rows = book(*floor)
    whole = totals(rows)
    halves = [totals([row for row in rows if (row.at_us < 50) is first]) for first in (True, False)]

    assert all(row.low <= row.high for row in rows)
    for kind, end in product(QuantityKind, (0, 1)):
        assert sum(half[kind][end] for half in halves) == whole[kind][end]
    assert sum(certain_scrap(rows).values()) == whole[QuantityKind.SCRAP][0]


@given(floors(), st.randoms())
def test_it_does_not_matter_in_which_order_things_are_told(
    floor: tuple[list[Count], list[Report], Rules], r: object
) -> None:
    counts, reports, by = floor
    backwards = book(counts[::-1], reports[::-1], by)

    assert totals(backwards) == totals(book(counts, reports, by))


@given(floors())
def test_no_report_makes_anything_less_than_none(floor: tuple[list[Count], list[Report], Rules]) -> None:
    """A counter of scrap that runs before that of all parts does, until the other has followed."""
    rows, counted = book(*floor), book(floor[0], [], floor[2])

    for begin, end in ((0, 101), (0, 50), (50, 101), *((n, n + 1) for n in range(101))):
        inside = totals([row for row in rows if begin <= row.at_us < end])
        assert inside[QuantityKind.SCRAP][0] >= 0
        assert inside[QuantityKind.REWORK][0] >= 0
    for n in range(len(floor[2].edges) + 1):
        good, alone = (
            totals(row for row in every if bisect_right(floor[2].edges, row.at_us) == n)[QuantityKind.GOOD][0]
            for every in (rows, counted)
        )
        assert good >= min(0, alone)


def test_what_was_reported_of_parts_that_nobody_saw_was_made_and_is_counted() -> None:
    rows = book([count(5, "total", 0, 100)], [scrap(20, 77), Report(21, QuantityKind.REWORK, D(30))], rules())

    assert totals(rows) == {QuantityKind.GOOD: (0, 0), QuantityKind.SCRAP: (77, 77), QuantityKind.REWORK: (30, 30)}
    assert not_counted(rows) == 7


def test_scrap_of_an_operation_that_made_nothing_leaves_no_good_below_none() -> None:
    rows = book([], [scrap(20, 77)], rules())

    assert totals(rows) == {QuantityKind.GOOD: (0, 0), QuantityKind.SCRAP: (77, 77), QuantityKind.REWORK: (0, 0)}
    assert not_counted(rows) == 77


def test_what_is_reported_beyond_all_parts_of_a_run_and_shift_is_not_counted() -> None:
    edges = (100,)
    counts = [count(10, "total", 20), count(110, "total", 50)]
    rework = Report(30, QuantityKind.REWORK, D(2))
    rows = book(counts, [scrap(20, 25), rework, scrap(120, 50)], rules(edges=edges))

    assert [not_counted(rows, edges, at) for at in (20, 120, None)] == [7, 0, 7]
