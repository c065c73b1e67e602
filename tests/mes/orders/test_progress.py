"""How an order goes: parts, rate of planned time, expected end through breaks and nights, late or not."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from mes.facts.model import Span
from mes.orders.progress import LATE_US, Made, Order, after, common, last_of, progress_of, spans_of

HOUR = 3_600_000_000
MINUTE = HOUR // 60
NOW = 100 * HOUR
DUE = 104 * HOUR
ORDER = Order("o-1", "bracket", 1000, DUE, "press-1", None, NOW - 2 * HOUR)
AHEAD: list[Span] = [(NOW, NOW + 100 * HOUR)]


def test_an_order_ends_when_the_rest_is_made_at_the_recent_rate() -> None:
    progress = progress_of(ORDER, Made(700, 100, HOUR), AHEAD, NOW)

    assert progress.rate_per_hour == 100.0
    assert progress.expected_end_us == NOW + 3 * HOUR
    assert progress.late_by_us == -HOUR


def test_breaks_and_nights_ahead_move_the_end() -> None:
    ahead = [(NOW + HOUR, NOW + 2 * HOUR), (NOW + 10 * HOUR, NOW + 20 * HOUR)]

    progress = progress_of(ORDER, Made(700, 100, HOUR), ahead, NOW)

    assert progress.expected_end_us == NOW + 12 * HOUR
    assert progress.late_by_us == NOW + 12 * HOUR - DUE


def test_without_a_rate_no_end_is_foretold() -> None:
    for recent, recent_us in ((0, 0), (0, HOUR)):
        progress = progress_of(ORDER, Made(700, recent, recent_us), AHEAD, NOW)

        assert (progress.expected_end_us, progress.late_by_us, progress.late) == (None, None, None)


def test_a_few_parts_of_the_first_minutes_are_no_rate() -> None:
    assert progress_of(ORDER, Made(9, 9, 4 * MINUTE), AHEAD, NOW).rate_per_hour is None
    assert progress_of(ORDER, Made(9, 9, 5 * MINUTE), AHEAD, NOW).rate_per_hour == 108.0
    assert progress_of(ORDER, Made(10, 10, MINUTE), AHEAD, NOW).rate_per_hour == 600.0


def test_where_nothing_is_counted_nothing_is_told_but_that_the_due_time_has_passed() -> None:
    before, after_ = (progress_of(ORDER, None, AHEAD, now) for now in (NOW, DUE + HOUR))

    assert (before.done, before.rate_per_hour, before.expected_end_us, before.late) == (None, None, None, None)
    assert (after_.done, after_.late_by_us, after_.late) == (None, HOUR, True)


def ending(minutes_late: float, was_late: bool) -> bool | None:
    """Whether an order is late that is expected so many minutes after its due time, from four hours before it."""
    left = (DUE - NOW + minutes_late * MINUTE) / HOUR * 100
    made = Made(1000 - round(left), 100, HOUR)
    return progress_of(replace(ORDER, was_late=was_late), made, AHEAD, NOW).late


def test_a_forecast_that_wavers_about_the_due_time_makes_no_order_late_and_in_time_by_turns() -> None:
    assert [ending(minutes, False) for minutes in (-30, 0, 6, 12, 18)] == [False, False, False, False, True]
    assert [ending(minutes, True) for minutes in (18, 12, 6, 0, -6)] == [True, True, True, True, False]


def test_the_band_is_five_minutes_at_least() -> None:
    order, now = replace(ORDER, quantity=704), DUE - 10 * MINUTE
    made = Made(700, 100, 5 * HOUR)  # four parts left, at 20 an hour: 12 minutes, 2 late

    assert progress_of(order, made, [(now, now + HOUR)], now).late is False
    assert LATE_US == 5 * MINUTE


def test_past_its_due_time_an_order_is_late_without_a_band() -> None:
    now = DUE + MINUTE

    assert progress_of(ORDER, Made(999, 3600, HOUR), [(now, now + HOUR)], now).late is True


def test_time_in_which_an_order_was_worked_on_is_planned_time_in_which_its_product_ran() -> None:
    tape = [(0, None), (10, "a"), (20, "b"), (30, "a"), (40, "a")]

    assert spans_of(tape, "a", 50) == [(10, 20), (30, 40), (40, 50)]
    assert common([(5, 15), (18, 35)], spans_of(tape, "a", 50)) == [(10, 15), (18, 20), (30, 35)]
    assert last_of([(10, 15), (18, 20), (30, 35)], 8) == [(14, 15), (18, 20), (30, 35)]


def test_an_order_that_is_done_ends_now_and_is_as_late_as_now() -> None:
    progress = progress_of(ORDER, Made(1000, 0, HOUR), AHEAD, NOW)

    assert progress.expected_end_us == NOW
    assert progress.late_by_us == NOW - DUE


def test_an_order_that_was_done_in_time_does_not_become_late() -> None:
    now = DUE + 5 * HOUR

    progress = progress_of(ORDER, Made(1003, 0, HOUR, DUE - HOUR), AHEAD, now)

    assert progress.expected_end_us == DUE - HOUR
    assert progress.late_by_us == -HOUR


def test_an_order_that_stands_still_past_its_due_time_is_late_already() -> None:
    now = DUE + HOUR

    progress = progress_of(ORDER, Made(700, 0, HOUR), AHEAD, now)

    assert progress.expected_end_us is None
    assert progress.late_by_us == HOUR


def test_with_too_little_planned_time_ahead_no_end_is_foretold() -> None:
    assert progress_of(ORDER, Made(0, 1, HOUR), [(NOW, NOW + HOUR)], NOW).expected_end_us is None


@given(st.lists(st.integers(1, 10 * HOUR), min_size=2, max_size=10), st.integers(1, 30 * HOUR))
def test_the_end_has_exactly_the_work_before_it(lengths: list[int], work: int) -> None:
    spans, at = [], 0
    for number, length in enumerate(lengths):
        if number % 2 == 0:
            spans.append((at, at + length))
        at += length

    end = after(spans, work)

    if end is None:
        assert sum(b - a for a, b in spans) < work
    else:
        assert sum(max(0, min(b, end) - a) for a, b in spans) == work
