"""What a late order waits for is named once, the first thing first; an order in time waits for nothing."""

import pytest

from contract.sample import State
from mes.orders.binding import Binding, Situation, binding_of
from mes.orders.operation_states import ALLOWED, HELD, RUNNING, SUSPENDED, Condition


@pytest.mark.parametrize(
    ("condition", "state", "other", "binding"),
    [
        (ALLOWED, State.RUNNING, "o-2", Binding.QUEUE),
        (ALLOWED, State.DOWN, None, Binding.NOT_STARTED),
        (SUSPENDED, State.RUNNING, "o-2", Binding.QUEUE),
        (SUSPENDED, State.IDLE, None, Binding.SUSPENDED),
        (RUNNING, State.NO_DATA, None, Binding.NO_DATA),
        (RUNNING, State.DOWN, None, Binding.MACHINE_DOWN),
        (HELD, State.STOPPED, None, Binding.MACHINE_DOWN),
        (RUNNING, State.RUNNING, None, Binding.PACE),
    ],
)
def test_a_late_order_names_what_binds_it(
    condition: Condition, state: State, other: str | None, binding: Binding
) -> None:
    assert binding_of(True, Situation(condition, state, other)) is binding
    assert binding_of(False, Situation(condition, state, other)) is None
    assert binding_of(None, Situation(condition, state, other)) is None
