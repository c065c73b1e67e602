"""The life of an alarm by ISA-18.2 and OPC UA Part 9: each sub-state goes its own way."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.alarms.life_cycle import Event, Happening, Needs, Shelving, Status, next_step

NORMAL = Status()
UNACKED = Status(active=True, acked=False, announced=True)
ACKED = Status(active=True, announced=True)
RETURNED = Status(acked=False, announced=True)
ON, ACKNOWLEDGE, OFF = Happening.ON, Happening.ACKNOWLEDGE, Happening.OFF
ALL = [Status(*flags[:4], shelving, *flags[4:]) for shelving in Shelving for flags in product((False, True), repeat=7)]
ASIDE = (Happening.SHELVE, Happening.SHELVE_ONCE, Happening.SUPPRESS, Happening.OUT_OF_SERVICE)


@pytest.mark.parametrize(
    ("before", "happening", "after", "said"),
    [
        (NORMAL, ON, UNACKED, Event.RAISED),
        (UNACKED, ACKNOWLEDGE, ACKED, Event.ACKNOWLEDGED),
        (UNACKED, OFF, RETURNED, Event.CLEARED),
        (ACKED, OFF, Status(announced=True), Event.CLEARED),
        (RETURNED, ON, UNACKED, Event.RAISED_AGAIN),
        (RETURNED, ACKNOWLEDGE, Status(announced=True), Event.ACKNOWLEDGED),
    ],
)
def test_the_table_of_isa_18_2(before: Status, happening: Happening, after: Status, said: Event) -> None:
    step = next_step(before, happening)

    assert step is not None
    assert (after, (said,), said) == (step.status, step.events, step.said)


@pytest.mark.parametrize(
    ("before", "happening"),
    [(NORMAL, ACKNOWLEDGE), (NORMAL, OFF), (UNACKED, ON), (ACKED, ON), (ACKED, ACKNOWLEDGE), (RETURNED, OFF)],
)
def test_what_changes_nothing(before: Status, happening: Happening) -> None:
    assert next_step(before, happening) is None


@pytest.mark.parametrize("before", ALL)
def test_whatever_is_set_aside_calls_nobody_and_is_followed_all_the_same(before: Status) -> None:
    for happening in Happening:
        step = next_step(before, happening, Needs(confirm=True, latch=True))
        if step is not None and step.status.quiet:
            assert step.said is None
        if step is not None and happening in ASIDE:
            assert (before.active, before.acked, before.confirmed, before.latched) == (
                step.status.active,
                step.status.acked,
                step.status.confirmed,
                step.status.latched,
            )


def test_one_that_was_unshelved_by_hand_is_acknowledged_and_one_whose_time_is_over_calls_again() -> None:
    shelved = Status(active=True, acked=False, shelving=Shelving.TIMED)

    by_hand, by_time = next_step(shelved, Happening.UNSHELVE), next_step(shelved, Happening.TIME_OUT)

    assert by_hand is not None
    assert (by_hand.status.acked, by_hand.said) == (True, None)
    assert by_time is not None
    assert (by_time.status.acked, by_time.said) == (False, Event.SHELVING_ENDED)


def test_one_shot_ends_when_the_alarm_returns_to_normal() -> None:
    step = next_step(Status(active=True, shelving=Shelving.ONE_SHOT), OFF)

    assert step is not None
    assert step.status == NORMAL
    assert step.events == (Event.CLEARED, Event.SHELVING_ENDED)
    assert next_step(RETURNED, Happening.SHELVE_ONCE) is None


def test_a_latched_alarm_stays_until_it_was_acknowledged_confirmed_and_reset() -> None:
    needs, now = Needs(confirm=True, latch=True), NORMAL
    for happening in (ON, Happening.RESET, Happening.CONFIRM, OFF, Happening.RESET, ACKNOWLEDGE, Happening.RESET):
        step = next_step(now, happening, needs)
        now = step.status if step else now
        assert not now.over
    for happening in (Happening.CONFIRM, Happening.RESET):
        step = next_step(now, happening, needs)
        now = step.status if step else now

    assert now.over


def test_what_nobody_was_called_for_ends_without_anybody() -> None:
    now = Status(suppressed=True)
    for happening in (ON, OFF):
        step = next_step(now, happening)
        assert step is not None
        assert step.said is None
        now = step.status

    assert now.over


@given(st.lists(st.sampled_from(Happening), max_size=30), st.booleans(), st.booleans())
def test_nothing_that_stands_is_forgotten(happenings: list[Happening], confirm: bool, latch: bool) -> None:
    """Once nothing is set aside, an active alarm is announced or somebody has it in hand."""
    now = NORMAL
    for happening in happenings:
        step = next_step(now, happening, Needs(confirm, latch))
        now = step.status if step else now

        assert now.quiet or not now.active or now.acked or now.announced
