"""What stands in the way of an operation: holds, another run, a confirmation that is missing or stands."""

from uuid import UUID

import pytest

from mes.orders.guards import Block, Guards, Subject, blocked
from mes.orders.operation_states import ALLOWED, COMPLETED, NEW, SUSPENDED, Command, Condition

OWN, OTHER = UUID(int=1), UUID(int=2)
BUSY = Guards(running={"press-1": (OTHER, "WO-2")})


def found(condition: Condition, guards: Guards) -> dict[Command, Block]:
    subject = Subject(OWN, "WO-1", "press-1", condition)
    return {command: by for command, (by, _) in blocked(subject, guards).items()}


@pytest.mark.parametrize(("kind", "subject"), [("order", "WO-1"), ("operation", str(OWN)), ("machine", "press-1")])
def test_what_is_held_neither_starts_nor_goes_on(kind: str, subject: str) -> None:
    held = Guards(held={(kind, subject): "burrs"}, running=BUSY.running)

    assert found(ALLOWED, held) == {Command.START: Block.HELD}
    assert found(SUSPENDED, held) == {Command.RESUME: Block.HELD}
    assert found(NEW, held) == {}


def test_a_machine_that_counts_for_another_order_is_not_free() -> None:
    assert found(ALLOWED, BUSY) == {Command.START: Block.OCCUPIED}
    assert found(ALLOWED, Guards(running={"press-1": (OWN, "WO-1"), "press-2": (OTHER, "WO-2")})) == {}


def test_closing_waits_for_the_final_confirmation_and_reopening_for_its_reversal() -> None:
    assert found(COMPLETED, Guards()) == {Command.CLOSE: Block.NOT_CONFIRMED}
    assert found(COMPLETED, Guards(final=frozenset({OWN}))) == {Command.REOPEN: Block.CONFIRMED}
