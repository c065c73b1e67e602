"""Refused addresses are tried again ever more rarely, and what is told of them names each channel once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.modbus.quarantine import FIRST_WAIT_S, LONGEST_WAIT_S, Quarantine, Span


def test_an_address_is_tried_again_after_ten_seconds_and_then_ever_more_rarely() -> None:
    ward, now, waits = Quarantine(), 0.0, []
    assert ward.refuse(7, 1_000, now)
    for _ in range(9):
        wait = next(step for step in range(10_000) if ward.due(now + step, 4))
        waits.append(wait)
        now += wait
        assert not ward.refuse(7, 2_000, now)

    assert waits == [10, 20, 40, 80, 160, 320, 600, 600, 600]
    assert (FIRST_WAIT_S, LONGEST_WAIT_S) == (10, 600)


def test_only_so_many_are_tried_at_once_those_that_wait_longest_first() -> None:
    ward = Quarantine()
    for place, now in ((1, 3.0), (2, 1.0), (3, 2.0)):
        ward.refuse(place, 0, now)

    assert ward.due(100.0, 2) == [2, 3]


def test_a_device_that_has_changed_is_tried_at_once() -> None:
    ward = Quarantine()
    for place in (1, 2, 3):
        ward.refuse(place, 0, 0.0)
        ward.refuse(place, 0, 0.0)
    ward.walls.add(("holding", 5))

    ward.try_all_soon(1.0, except_for=[2])

    assert ward.due(1.0, 9) == [1, 3]
    assert ward.walls == set()
    ward.refuse(1, 0, 1.0)
    assert ward.held[1].wait_s == 2 * FIRST_WAIT_S


@pytest.mark.parametrize(
    ("healed", "expected"),
    [
        ([1, 2], [Span(100, 900, (1, 2))]),
        ([2], [Span(100, None, (1,)), Span(103, 900, (2,))]),
        ([2, 5], [Span(100, None, (1,)), Span(103, 900, (2,)), Span(200, 900, (5,))]),
    ],
)
def test_the_gap_of_what_heals_ends_and_that_of_the_others_goes_on(healed: list[int], expected: list[Span]) -> None:
    ward = Quarantine()
    for place, since in ((1, 100), (2, 100), (5, 200)):
        ward.refuse(place, since, 0.0)

    assert expected == ward.heal(healed, 900)


@given(st.lists(st.integers(0, 9), unique=True, min_size=1), st.data())
def test_in_the_ledger_each_refused_channel_ends_in_exactly_one_ended_span(
    places: list[int], data: st.DataObject
) -> None:
    """The ledger keeps one row for each begin, and the last that was told of it."""
    ward = Quarantine()
    for place in places:
        ward.refuse(place, data.draw(st.sampled_from([1000, 2000])), 0.0)
    ledger: dict[int, Span] = {}
    at = 5000
    while ward.held:
        some = data.draw(st.lists(st.sampled_from(sorted(ward.held)), unique=True, min_size=1))
        at += 1
        for span in ward.heal(some, at):
            ledger[span.from_us] = span

    assert all(span.to_us is not None and span.to_us > span.from_us for span in ledger.values())
    assert sorted(places) == sorted(place for span in ledger.values() for place in span.places)
