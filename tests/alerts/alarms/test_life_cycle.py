"""The life of an alarm by ISA-18.2."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.alarms.life_cycle import Condition, Event, Happening, next_step

NORMAL, UNACKED, ACKED, RETURNED = (
    Condition.NORMAL,
    Condition.ACTIVE_UNACKED,
    Condition.ACTIVE_ACKED,
    Condition.CLEARED_UNACKED,
)
ON, ACKNOWLEDGE, OFF = Happening.ON, Happening.ACKNOWLEDGE, Happening.OFF


@pytest.mark.parametrize(
    ("condition", "happening", "expected"),
    [
        (NORMAL, ON, (UNACKED, Event.RAISED)),
        (NORMAL, ACKNOWLEDGE, None),
        (NORMAL, OFF, None),
        (UNACKED, ON, None),
        (UNACKED, ACKNOWLEDGE, (ACKED, Event.ACKNOWLEDGED)),
        (UNACKED, OFF, (RETURNED, Event.CLEARED)),
        (ACKED, ON, None),
        (ACKED, ACKNOWLEDGE, None),
        (ACKED, OFF, (NORMAL, Event.CLEARED)),
        (RETURNED, ON, (UNACKED, Event.RAISED_AGAIN)),
        (RETURNED, ACKNOWLEDGE, (NORMAL, Event.ACKNOWLEDGED)),
        (RETURNED, OFF, None),
    ],
)
def test_the_table_of_isa_18_2(
    condition: Condition, happening: Happening, expected: tuple[Condition, Event] | None
) -> None:
    assert expected == next_step(condition, happening)


@given(st.lists(st.sampled_from(Happening)))
def test_an_alarm_is_over_only_when_it_has_cleared_and_somebody_knows(happenings: list[Happening]) -> None:
    condition, active, known = NORMAL, False, True
    for happening in happenings:
        step = next_step(condition, happening)
        if step is None:
            continue
        condition, event = step
        if event in (Event.RAISED, Event.RAISED_AGAIN):
            active, known = True, False
        elif event is Event.CLEARED:
            active = False
        else:
            known = True

        assert (condition is NORMAL) == (not active and known)
        assert (condition in (UNACKED, ACKED)) == active
