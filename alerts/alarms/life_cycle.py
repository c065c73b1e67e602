"""The sub-states of an alarm and what happens → its next sub-states, the journal's words, and what is said. Pure.

Names of OPC UA Part 9, meaning of ISA-18.2. Each sub-state goes its own way; together they say what is to be done:
whatever is shelved, suppressed or out of service is followed and journalled as ever, and nobody is called.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum


class Shelving(StrEnum):
    """ShelvingState: set aside by a person, until a time or until the alarm returns to normal."""

    UNSHELVED = "unshelved"
    ONE_SHOT = "one_shot"
    TIMED = "timed"


@dataclass(frozen=True, slots=True)
class Status:
    """ActiveState, AckedState, ConfirmedState, LatchedState, ShelvingState, SuppressedState, OutOfServiceState.

    `announced`: people have been told that it stands.
    """

    active: bool = False
    acked: bool = True
    confirmed: bool = True
    latched: bool = False
    shelving: Shelving = Shelving.UNSHELVED
    suppressed: bool = False
    out_of_service: bool = False
    announced: bool = False

    @property
    def over(self) -> bool:
        """Nothing stands, and nothing is left for anybody to do."""
        return not self.active and self.acked and self.confirmed and not self.latched

    @property
    def quiet(self) -> bool:
        """Nobody is called."""
        return self.shelving is not Shelving.UNSHELVED or self.suppressed or self.out_of_service


@dataclass(frozen=True, slots=True)
class Needs:
    """What a rule asks for: `confirm` that the cure has worked, `latch` until somebody resets it."""

    confirm: bool = False
    latch: bool = False


class Happening(StrEnum):
    """What can happen to an alarm: by its rule, by a person, by the time, by its root alarm."""

    ON = "on"
    OFF = "off"
    ACKNOWLEDGE = "acknowledge"
    CONFIRM = "confirm"
    RESET = "reset"
    SHELVE = "shelve"
    SHELVE_ONCE = "shelve_once"
    UNSHELVE = "unshelve"
    TIME_OUT = "time_out"
    SUPPRESS = "suppress"
    UNSUPPRESS = "unsuppress"
    OUT_OF_SERVICE = "out_of_service"
    IN_SERVICE = "in_service"


class Event(StrEnum):
    """The words of the journal."""

    RAISED = "raised"
    RAISED_AGAIN = "raised_again"
    CLEARED = "cleared"
    ACKNOWLEDGED = "acknowledged"
    CONFIRMED = "confirmed"
    RESET = "reset"
    SHELVED = "shelved"
    UNSHELVED = "unshelved"
    SHELVING_ENDED = "shelving_ended"
    SUPPRESSED = "suppressed"
    UNSUPPRESSED = "unsuppressed"
    OUT_OF_SERVICE = "out_of_service"
    IN_SERVICE = "in_service"
    CHATTERING = "chattering"
    CALM = "calm"
    STALE = "stale"


# What calls people, and what is told to those who were called.
CALLS = frozenset({Event.RAISED, Event.RAISED_AGAIN, Event.SHELVING_ENDED, Event.UNSUPPRESSED, Event.IN_SERVICE})
FOLLOWS = frozenset({Event.CLEARED, Event.ACKNOWLEDGED})


@dataclass(frozen=True, slots=True)
class Step:
    """The next sub-states, the lines of the journal in their order, and the one of them that is said, if any."""

    status: Status
    events: tuple[Event, ...]
    said: Event | None


Next = tuple[Status, tuple[Event, ...]] | None


def next_step(before: Status, happening: Happening, needs: Needs = Needs()) -> Step | None:
    """What follows, or None when nothing changes."""
    found = STEPS[happening](before, needs)
    if found is None:
        return None
    status, events = found
    said = None if status.quiet else next((event for event in events if _is_said(event, before, status)), None)
    if said in CALLS:
        status = replace(status, announced=True)
    elif Event.RAISED in events or Event.RAISED_AGAIN in events:
        status = replace(status, announced=False)
    return Step(status, events, said)


def _is_said(event: Event, before: Status, status: Status) -> bool:
    if event in CALLS:
        return status.active and not status.acked
    return event in FOLLOWS and before.announced


def _on(now: Status, needs: Needs) -> Next:
    if now.active:
        return None
    event = Event.RAISED if now.over else Event.RAISED_AGAIN
    events = (event, Event.SUPPRESSED) if now.suppressed else (event,)
    return replace(now, active=True, acked=False, confirmed=not needs.confirm, latched=needs.latch), events


def _off(now: Status, _: Needs) -> Next:
    if not now.active:
        return None
    # Where nobody was called, nobody need say that they know.
    after = replace(now, active=False, acked=now.acked or (now.quiet and not now.announced))
    if now.shelving is Shelving.ONE_SHOT:
        return replace(after, shelving=Shelving.UNSHELVED), (Event.CLEARED, Event.SHELVING_ENDED)
    return after, (Event.CLEARED,)


def _acknowledge(now: Status, _: Needs) -> Next:
    return None if now.acked else (replace(now, acked=True), (Event.ACKNOWLEDGED,))


def _confirm(now: Status, _: Needs) -> Next:
    return (replace(now, confirmed=True), (Event.CONFIRMED,)) if now.acked and not now.confirmed else None


def _reset(now: Status, _: Needs) -> Next:
    ready = now.latched and not now.active and now.acked and now.confirmed
    return (replace(now, latched=False), (Event.RESET,)) if ready else None


def _shelve(now: Status, _: Needs) -> Next:
    return replace(now, shelving=Shelving.TIMED), (Event.SHELVED,)


def _shelve_once(now: Status, _: Needs) -> Next:
    # One that has returned to normal would wait for a return that has been.
    return (replace(now, shelving=Shelving.ONE_SHOT), (Event.SHELVED,)) if now.active else None


def _unshelve(now: Status, _: Needs) -> Next:
    if now.shelving is Shelving.UNSHELVED:
        return None
    events = (Event.UNSHELVED,) if now.acked else (Event.UNSHELVED, Event.ACKNOWLEDGED)
    return replace(now, shelving=Shelving.UNSHELVED, acked=True), events


def _time_out(now: Status, needs: Needs) -> Next:
    if now.shelving is not Shelving.TIMED:
        return None
    return _stands_again(replace(now, shelving=Shelving.UNSHELVED), needs), (Event.SHELVING_ENDED,)


def _suppress(now: Status, _: Needs) -> Next:
    return None if now.suppressed else (replace(now, suppressed=True), (Event.SUPPRESSED,))


def _unsuppress(now: Status, _: Needs) -> Next:
    return (replace(now, suppressed=False), (Event.UNSUPPRESSED,)) if now.suppressed else None


def _out_of_service(now: Status, _: Needs) -> Next:
    return None if now.out_of_service else (replace(now, out_of_service=True), (Event.OUT_OF_SERVICE,))


def _in_service(now: Status, needs: Needs) -> Next:
    if not now.out_of_service:
        return None
    return _stands_again(replace(now, out_of_service=False), needs), (Event.IN_SERVICE,)


def _stands_again(now: Status, needs: Needs) -> Status:
    """What still stands when its quiet ends needs somebody anew, so that nothing active vanishes."""
    return replace(now, acked=False, confirmed=not needs.confirm) if now.active else now


STEPS: dict[Happening, Callable[[Status, Needs], Next]] = {
    Happening.ON: _on,
    Happening.OFF: _off,
    Happening.ACKNOWLEDGE: _acknowledge,
    Happening.CONFIRM: _confirm,
    Happening.RESET: _reset,
    Happening.SHELVE: _shelve,
    Happening.SHELVE_ONCE: _shelve_once,
    Happening.UNSHELVE: _unshelve,
    Happening.TIME_OUT: _time_out,
    Happening.SUPPRESS: _suppress,
    Happening.UNSUPPRESS: _unsuppress,
    Happening.OUT_OF_SERVICE: _out_of_service,
    Happening.IN_SERVICE: _in_service,
}
