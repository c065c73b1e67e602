"""What people ask to be done to an alarm. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from alerts.alarms.life_cycle import Happening
from alerts.rules.judge import Key


class Action(StrEnum):
    """The words of table alarm_request; a comment changes nothing and is not among them."""

    ACKNOWLEDGE = "acknowledge"
    CONFIRM = "confirm"
    RESET = "reset"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    OUT_OF_SERVICE = "out_of_service"
    IN_SERVICE = "in_service"


# These are about rule and subject, whichever alarm stands now; the others are about the alarm that somebody has seen.
LASTING = frozenset({Action.SHELVE, Action.UNSHELVE, Action.OUT_OF_SERVICE, Action.IN_SERVICE})


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody has asked for something at an alarm; `lasts` is that of a timed shelving, None: one shot.

    `overtaken`: the alarm has been raised again since.
    """

    id: int
    key: Key
    alarm: int
    by: str
    comment: str = ""
    action: Action = Action.ACKNOWLEDGE
    lasts: timedelta | None = None
    overtaken: bool = False


HAPPENINGS: Mapping[Action, Happening] = {
    Action.ACKNOWLEDGE: Happening.ACKNOWLEDGE,
    Action.CONFIRM: Happening.CONFIRM,
    Action.RESET: Happening.RESET,
    Action.UNSHELVE: Happening.UNSHELVE,
    Action.OUT_OF_SERVICE: Happening.OUT_OF_SERVICE,
    Action.IN_SERVICE: Happening.IN_SERVICE,
}


def happening_of(request: Request, open_alarm: int | None) -> Happening | None:
    """What it comes to; None when it is about an alarm that is over, or was not the one that its author saw."""
    if request.action is Action.SHELVE and request.lasts is not None:
        return Happening.SHELVE
    if request.action not in LASTING or request.action is Action.SHELVE:
        if request.overtaken or request.alarm != open_alarm:
            return None
        if request.action is Action.SHELVE:
            return Happening.SHELVE_ONCE
    return HAPPENINGS[request.action]
