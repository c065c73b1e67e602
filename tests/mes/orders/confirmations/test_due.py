"""An operation with nothing new is computed once for a shift, and one that is refused not every other second."""

from dataclasses import replace

from mes.orders.confirmations.due import AGAIN_US, Tried, worth_trying

SECOND = 1_000_000
END = 1000 * SECOND
NOW = END + 40 * SECOND
DONE = Tried(END, final=False, known_us=END + 35 * SECOND, at_us=NOW)


def worth(before: Tried | None, shift_end_us: int = END, later_us: int = 2 * SECOND, *, final: bool = False) -> bool:
    return worth_trying(before, shift_end_us, NOW + later_us - 5 * SECOND, NOW + later_us, final=final)


def test_a_shift_of_which_all_was_known_is_tried_once() -> None:
    assert worth(None)
    assert not worth(DONE)


def test_another_shift_and_a_completion_are_tried_anew() -> None:
    assert worth(DONE, END + 8 * 3600 * SECOND)
    assert worth(DONE, final=True)


def test_a_shift_of_which_something_was_not_known_yet_is_tried_again_as_more_is_known() -> None:
    early = replace(DONE, known_us=END - SECOND)

    assert worth(early)
    assert not worth_trying(early, END, early.known_us, NOW + SECOND, final=False)


def test_what_was_refused_waits_a_minute() -> None:
    refused = replace(DONE, refusal="More scrap than was made.")

    assert not worth(refused)
    assert worth(refused, later_us=AGAIN_US)
