"""Condition of an alarm and what happens → its next condition and the journal's word for it (ISA-18.2). Pure."""

from enum import StrEnum


class Condition(StrEnum):
    """Where an alarm stands; one that is NORMAL is over."""

    NORMAL = "normal"
    ACTIVE_UNACKED = "active_unacked"
    ACTIVE_ACKED = "active_acked"
    CLEARED_UNACKED = "cleared_unacked"


class Happening(StrEnum):
    """What can happen to an alarm: its rule holds, somebody acknowledges, its rule holds no more."""

    ON = "on"
    ACKNOWLEDGE = "acknowledge"
    OFF = "off"


class Event(StrEnum):
    """The words of the journal."""

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    CLEARED = "cleared"
    RAISED_AGAIN = "raised_again"


STEPS: dict[tuple[Condition, Happening], tuple[Condition, Event]] = {
    (Condition.NORMAL, Happening.ON): (Condition.ACTIVE_UNACKED, Event.RAISED),
    (Condition.ACTIVE_UNACKED, Happening.ACKNOWLEDGE): (Condition.ACTIVE_ACKED, Event.ACKNOWLEDGED),
    (Condition.ACTIVE_UNACKED, Happening.OFF): (Condition.CLEARED_UNACKED, Event.CLEARED),
    (Condition.ACTIVE_ACKED, Happening.OFF): (Condition.NORMAL, Event.CLEARED),
    (Condition.CLEARED_UNACKED, Happening.ON): (Condition.ACTIVE_UNACKED, Event.RAISED_AGAIN),
    (Condition.CLEARED_UNACKED, Happening.ACKNOWLEDGE): (Condition.NORMAL, Event.ACKNOWLEDGED),
}


def next_step(condition: Condition, happening: Happening) -> tuple[Condition, Event] | None:
    """The next condition and the journal's word, or None when nothing changes."""
    return STEPS.get((condition, happening))
