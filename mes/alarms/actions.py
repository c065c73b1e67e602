"""What somebody may ask to be done to an alarm as it stands, and for how long one may be shelved. Pure."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Literal, Protocol

Action = Literal["acknowledge", "confirm", "reset", "shelve", "shelve_once", "unshelve", "out_of_service", "in_service"]


class Told(Protocol):
    """The sub-states of an alarm."""

    @property
    def active(self) -> bool:
        """ActiveState."""

    @property
    def acked(self) -> bool:
        """AckedState."""

    @property
    def confirmed(self) -> bool:
        """ConfirmedState."""

    @property
    def latched(self) -> bool:
        """LatchedState."""

    @property
    def shelving(self) -> str:
        """ShelvingState."""

    @property
    def is_out(self) -> bool:
        """Whether it is out of service."""


POSSIBLE: Mapping[Action, Callable[[Told], bool]] = {
    "acknowledge": lambda told: not told.acked,
    "confirm": lambda told: told.acked and not told.confirmed,
    "reset": lambda told: told.latched and not told.active and told.acked and told.confirmed,
    "shelve": lambda _: True,
    "shelve_once": lambda told: told.active,
    "unshelve": lambda told: told.shelving != "unshelved",
    "out_of_service": lambda told: not told.is_out,
    "in_service": lambda told: told.is_out,
}
# Why one is not possible; the others change nothing then.
REFUSED: Mapping[Action, str] = {
    "confirm": "It is confirmed after it was acknowledged, where its rule asks for it (confirm: true), and once.",
    "reset": "Only a latched alarm is reset, after it has cleared and was acknowledged and confirmed.",
    "shelve_once": "It has returned to normal: shelve it for a time instead.",
}
# Buttons of the page, in minutes; those beyond the plant's maximum are left out.
SPANS = (15, 60, 240, 480, 1440)


def possible(told: Told) -> list[Action]:
    """What may be asked for now."""
    return [action for action, test in POSSIBLE.items() if test(told)]


def spans_within(most: timedelta) -> list[int]:
    """For how many minutes one may shelve by a button: the usual spans, and the plant's maximum."""
    longest = int(most / timedelta(minutes=1))
    return sorted({minutes for minutes in SPANS if minutes < longest} | {longest})
