"""How an order goes: parts, rate of planned time, expected end through breaks and nights, late or not."""

from hypothesis import given
from hypothesis import strategies as st

from mes.facts import Span
from mes.progress import Order, after, progress_of

HOUR = 3_600_000_000
NOW = 100 * HOUR
DUE = 104 * HOUR
ORDER = Order("o-1", "bracket", 1000, DUE, "press-1", None, NOW - 2 * HOUR, None)
LAST_HOUR: list[Span] = [(NOW - HOUR, NOW)]
AHEAD: list[Span] = [(NOW, NOW + 100 * HOUR)]


def test_an_order_ends_when_the_rest_is_made_at_the_recent_rate() -> None:
    progress = progress_of(ORDER, 700, 100, LAST_HOUR, AHEAD, NOW)

    assert progress.rate_per_hour == 100.0
    assert progress.expected_end_us == NOW + 3 * HOUR
    assert progress.late_by_us == -HOUR


def test_breaks_and_nights_ahead_move_the_end() -> None:
    ahead = [(NOW + HOUR, NOW + 2 * HOUR), (NOW + 10 * HOUR, NOW + 20 * HOUR)]

    progress = progress_of(ORDER, 700, 100, LAST_HOUR, ahead, NOW)

    assert progress.expected_end_us == NOW + 12 * HOUR
    assert progress.late_by_us == NOW + 12 * HOUR - DUE


def test_the_rate_is_of_planned_time_only() -> None:
    behind = [(NOW - 3 * HOUR, NOW - 2 * HOUR), (NOW - HOUR, NOW - HOUR // 2)]

    assert progress_of(ORDER, 700, 150, behind, AHEAD, NOW).rate_per_hour == 100.0


def test_without_a_rate_no_end_is_foretold() -> None:
    for behind, recent in (([], 0), (LAST_HOUR, 0)):
        progress = progress_of(ORDER, 700, recent, behind, AHEAD, NOW)

        assert (progress.expected_end_us, progress.late_by_us) == (None, None)


def test_an_order_that_is_done_ends_now_and_is_as_late_as_now() -> None:
    progress = progress_of(ORDER, 1000, 0, LAST_HOUR, AHEAD, NOW)

    assert progress.expected_end_us == NOW
    assert progress.late_by_us == NOW - DUE


def test_an_order_that_was_done_in_time_does_not_become_late() -> None:
    now = DUE + 5 * HOUR

    progress = progress_of(ORDER, 1003, 0, LAST_HOUR, AHEAD, now, reached_us=DUE - HOUR)

    assert progress.expected_end_us == DUE - HOUR
    assert progress.late_by_us == -HOUR


def test_an_order_that_stands_still_past_its_due_time_is_late_already() -> None:
    now = DUE + HOUR

    progress = progress_of(ORDER, 700, 0, [(now - HOUR, now)], AHEAD, now)

    assert progress.expected_end_us is None
    assert progress.late_by_us == HOUR


def test_with_too_little_planned_time_ahead_no_end_is_foretold() -> None:
    assert progress_of(ORDER, 0, 1, LAST_HOUR, [(NOW, NOW + HOUR)], NOW).expected_end_us is None


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
