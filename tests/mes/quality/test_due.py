from dataclasses import replace

import pytest

from mes.quality.due import Course, Due, DueAnswer, Trigger, Why, due_of

MINUTE = 60_000_000
CALM = Course(now_us=100 * MINUTE, base_us=0, inspected=False)


@pytest.mark.parametrize(
    ("low", "high", "observed", "expected"),
    [
        (49, 49, True, DueAnswer(Due.NOT_DUE)),
        (50, 50, True, DueAnswer(Due.DUE, 7)),
        (50, 50, False, DueAnswer(Due.DUE, 7)),
        (40, 60, True, DueAnswer(Due.UNKNOWN, None, Why.PARTS_UNCERTAIN)),
        (40, None, True, DueAnswer(Due.UNKNOWN, None, Why.PARTS_UNCERTAIN)),
        (50, None, True, DueAnswer(Due.DUE, 7)),
        (49, 49, False, DueAnswer(Due.UNKNOWN, None, Why.NO_DATA)),
    ],
)
def test_every_so_many_parts_is_due_when_they_were_made_for_certain(
    low: int, high: int | None, observed: bool, expected: DueAnswer
) -> None:
    """What a silent machine has made since is not known, but what it had made before is."""
    course = replace(CALM, low=low, high=high, observed=observed, reached_us=7 if low >= 50 else None)

    assert due_of(Trigger.EVERY_N, 50, None, course) == expected


@pytest.mark.parametrize("trigger", [Trigger.EVERY_N, Trigger.FIRST_PIECE])
def test_on_a_machine_without_a_counter_it_is_not_known_whether_parts_make_it_due(trigger: Trigger) -> None:
    assert due_of(trigger, 50, None, replace(CALM, counted=False)) == DueAnswer(Due.UNKNOWN, None, Why.NOT_COUNTED)


def test_the_first_piece_is_due_from_the_first_part_until_it_was_inspected() -> None:
    made = replace(CALM, low=3, high=3, first_us=5)

    assert due_of(Trigger.FIRST_PIECE, None, None, CALM) == DueAnswer(Due.NOT_DUE)
    assert due_of(Trigger.FIRST_PIECE, None, None, made) == DueAnswer(Due.DUE, 5)
    assert due_of(Trigger.FIRST_PIECE, None, None, replace(made, inspected=True)) == DueAnswer(Due.NOT_DUE)
    assert due_of(Trigger.FIRST_PIECE, None, None, replace(CALM, high=1)).due is Due.UNKNOWN


def test_time_passes_on_a_silent_machine_too() -> None:
    silent = replace(CALM, observed=False, counted=False)

    assert due_of(Trigger.EVERY_T, None, 100 * MINUTE, silent) == DueAnswer(Due.DUE, 100 * MINUTE)
    assert due_of(Trigger.EVERY_T, None, 101 * MINUTE, silent) == DueAnswer(Due.NOT_DUE)


def test_a_tag_that_asked_is_answered_by_an_inspection() -> None:
    assert due_of(Trigger.TAG, None, None, replace(CALM, signal_us=9)) == DueAnswer(Due.DUE, 9)
    assert due_of(Trigger.TAG, None, None, CALM) == DueAnswer(Due.NOT_DUE)
    assert due_of(Trigger.TAG, None, None, replace(CALM, observed=False)).why is Why.NO_DATA


@pytest.mark.parametrize("trigger", [Trigger.EVERY_N, Trigger.EVERY_T, Trigger.FIRST_PIECE, Trigger.TAG])
def test_of_a_machine_whose_product_is_not_known_nothing_is_known(trigger: Trigger) -> None:
    found = due_of(trigger, 1, 1, replace(CALM, product_known=False, low=9, high=9, first_us=1, reached_us=1))

    assert found == DueAnswer(Due.UNKNOWN, None, Why.PRODUCT_UNKNOWN)


@pytest.mark.parametrize("trigger", [Trigger.MANUAL, Trigger.LOT])
def test_what_people_ask_for_is_never_due_by_itself(trigger: Trigger) -> None:
    assert due_of(trigger, None, None, replace(CALM, low=9, high=9)) == DueAnswer(Due.NOT_DUE)
