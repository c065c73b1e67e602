"""On- and off-delay in the time of the samples."""

import pytest

from alerts.rules.persistence import Persistence
from alerts.rules.tapes import Verdict

S = 1_000_000
ON, OFF, HOLD = Verdict.ON, Verdict.OFF, Verdict.HOLD


@pytest.mark.parametrize(
    ("truths", "expected"),
    [
        ([True] * 3, [HOLD, HOLD, ON]),
        ([True, True, False, True, True], [HOLD, HOLD, HOLD, HOLD, HOLD]),
        ([True] * 3 + [False] * 4, [HOLD, HOLD, ON, HOLD, HOLD, HOLD, OFF]),
        # What is not known neither raises nor clears, and both delays count anew after it.
        ([True, True, None, True], [HOLD, HOLD, HOLD, HOLD]),
        ([False, False, False, None, False], [HOLD, HOLD, HOLD, HOLD, HOLD]),
    ],
)
def test_what_is_true_for_the_delay_is_on_and_what_is_false_for_the_other_is_off(
    truths: list[bool | None], expected: list[Verdict]
) -> None:
    made = Persistence(2 * S, 3 * S, 6 * S)

    assert expected == [made.feed(second * S, truth, None) for second, truth in enumerate(truths)]


def test_after_a_silence_the_delay_counts_anew() -> None:
    made = Persistence(2 * S, 0, 6 * S)
    made.feed(0, True, None)

    assert [made.feed(at * S, True, None) for at in (10, 11, 12)] == [HOLD, HOLD, ON]


def test_the_last_value_holds_for_as_long_as_it_is_valid_by_the_clock_of_who_heard_it() -> None:
    made = Persistence(5 * S, 0, 6 * S)
    made.feed(100 * S, True, 9000 * S)

    assert [made.tick(9004 * S), made.tick(9005 * S)] == [HOLD, ON]
    assert HOLD is Persistence(7 * S, 0, 6 * S).tick(9000 * S)
