"""What a late order waits for. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from contract.sample import State
from mes.orders.operation_states import Condition


class Binding(StrEnum):
    """The first thing that would have to change for a late order to end sooner."""

    QUEUE = "queue"
    NOT_STARTED = "not_started"
    SUSPENDED = "suspended"
    NO_DATA = "no_data"
    MACHINE_DOWN = "machine_down"
    PACE = "pace"


@dataclass(frozen=True, slots=True)
class Situation:
    """Where an operation stands: its condition, the state of its machine, and which other order has that machine."""

    condition: Condition
    state: State
    other: str | None = None


def binding_of(late: bool | None, now: Situation) -> Binding | None:
    """What binds a late operation; None where it is not late, or nobody knows."""
    if not late:
        return None
    if not now.condition.has_run:
        if now.other is not None:
            return Binding.QUEUE
        return Binding.SUSPENDED if now.condition.started else Binding.NOT_STARTED
    if now.state is State.NO_DATA:
        return Binding.NO_DATA
    return Binding.MACHINE_DOWN if now.state in (State.DOWN, State.STOPPED, State.MAINTENANCE) else Binding.PACE
