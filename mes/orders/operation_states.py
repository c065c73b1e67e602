"""States of an operation and the commands that change them (OPC 10031-4, ISA-95 job control). Pure.

OPC's method `Start` allows an operation to begin; that is `release` here, and `start` is the begin itself. `reopen` is
an extension: the standard lets nothing leave its end.
"""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """What an operation is; the names of OPC 10031-4."""

    NOT_ALLOWED_TO_START = "not_allowed_to_start"
    ALLOWED_TO_START = "allowed_to_start"
    RUNNING = "running"
    INTERRUPTED = "interrupted"
    ENDED = "ended"
    ABORTED = "aborted"


class Substate(StrEnum):
    """How it is what it is; "" where there is nothing to add.

    HELD keeps its run: parts go on to count for it. SUSPENDED has given its machine back.
    """

    NONE = ""
    HELD = "held"
    SUSPENDED = "suspended"
    COMPLETED = "completed"
    CLOSED = "closed"


class Command(StrEnum):
    """What may be asked of an operation."""

    CREATE = "create"
    RELEASE = "release"
    REVOKE = "revoke"
    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    COMPLETE = "complete"
    ABORT = "abort"
    CLOSE = "close"
    REOPEN = "reopen"
    CANCEL = "cancel"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Condition:
    """State and substate; `hidden` for what was cancelled: no list shows it, its history stays."""

    state: State
    substate: Substate = Substate.NONE
    hidden: bool = False

    @property
    def has_run(self) -> bool:
        """Whether the parts of its machine count for it."""
        return self.state is State.RUNNING or self == HELD

    @property
    def started(self) -> bool:
        """Whether it has begun, ever."""
        return self.state not in UNSTARTED

    @property
    def words(self) -> str:
        """Both in words: "suspended interrupted", "not allowed to start"."""
        return " ".join(word for word in (self.substate.value, self.state.value) if word).replace("_", " ")

    @property
    def open(self) -> bool:
        """Whether anything is left to do."""
        return self.state not in (State.ENDED, State.ABORTED) and not self.hidden


UNSTARTED = (State.NOT_ALLOWED_TO_START, State.ALLOWED_TO_START)
NEW = Condition(State.NOT_ALLOWED_TO_START)
ALLOWED = Condition(State.ALLOWED_TO_START)
RUNNING = Condition(State.RUNNING)
HELD = Condition(State.INTERRUPTED, Substate.HELD)
SUSPENDED = Condition(State.INTERRUPTED, Substate.SUSPENDED)
COMPLETED = Condition(State.ENDED, Substate.COMPLETED)
CLOSED = Condition(State.ENDED, Substate.CLOSED)
ABORTED = Condition(State.ABORTED)

# From which conditions a command leads to which; numbers of the transitions of OPC 10031-4 beside them.
TRANSITIONS: dict[tuple[Command, Condition], Condition] = {
    (Command.RELEASE, NEW): ALLOWED,  # 2
    (Command.REVOKE, ALLOWED): NEW,  # 3
    (Command.START, ALLOWED): RUNNING,  # 5
    (Command.PAUSE, RUNNING): HELD,  # 6; SUSPENDED where that is asked for
    (Command.RESUME, HELD): RUNNING,  # 10
    (Command.RESUME, SUSPENDED): RUNNING,  # 10
    (Command.COMPLETE, RUNNING): COMPLETED,  # 7
    (Command.COMPLETE, HELD): COMPLETED,  # 11
    (Command.COMPLETE, SUSPENDED): COMPLETED,  # 11
    (Command.ABORT, NEW): ABORTED,  # 8
    (Command.ABORT, ALLOWED): ABORTED,  # 9
    (Command.ABORT, RUNNING): ABORTED,  # 12
    (Command.ABORT, HELD): ABORTED,  # 13
    (Command.ABORT, SUSPENDED): ABORTED,  # 13
    (Command.CLOSE, COMPLETED): CLOSED,
    (Command.REOPEN, COMPLETED): SUSPENDED,
    (Command.CANCEL, NEW): Condition(State.NOT_ALLOWED_TO_START, hidden=True),
    (Command.CANCEL, ALLOWED): Condition(State.ALLOWED_TO_START, hidden=True),
    (Command.CANCEL, COMPLETED): Condition(State.ENDED, Substate.COMPLETED, hidden=True),
    (Command.CANCEL, CLOSED): Condition(State.ENDED, Substate.CLOSED, hidden=True),
    (Command.CANCEL, ABORTED): Condition(State.ABORTED, hidden=True),
}


def after(command: Command, now: Condition, *, suspend: bool = False) -> Condition | None:
    """The condition that a command leads to, None where it is not allowed.

    A held operation that is paused to be `suspended` gives its machine back.
    """
    if command is Command.PAUSE and suspend:
        return SUSPENDED if now in (RUNNING, HELD) else None
    return TRANSITIONS.get((command, now))


def allowed(now: Condition) -> list[Command]:
    """What may be asked in a condition, in the order of `Command`."""
    return [command for command in Command if (command, now) in TRANSITIONS]


def of_order(conditions: list[Condition]) -> Condition:
    """The condition of an order by those of its operations that are not hidden.

    Running from the first start until all have ended; interrupted when every open one that has begun is.
    """
    if not conditions:
        return Condition(State.NOT_ALLOWED_TO_START, hidden=True)
    for whole in (CLOSED, ABORTED, NEW):
        if all(one == whole for one in conditions):
            return whole
    if not any(one.open for one in conditions):
        return COMPLETED
    begun = [one for one in conditions if one.started]
    if not begun:
        return ALLOWED
    still = [one for one in begun if one.open]
    if still and all(one.state is State.INTERRUPTED for one in still):
        return HELD if HELD in still else SUSPENDED
    return RUNNING
