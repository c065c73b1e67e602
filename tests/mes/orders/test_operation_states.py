"""The states of OPC 10031-4: what leads where, written down a second time by hand, and nothing else."""

from itertools import product

import pytest

from mes.orders.operation_states import (
    ABORTED,
    ALLOWED,
    CLOSED,
    COMPLETED,
    HELD,
    NEW,
    RUNNING,
    SUSPENDED,
    Command,
    Condition,
    State,
    after,
    allowed,
    of_order,
)

NAMES = {
    "new": NEW,
    "allowed": ALLOWED,
    "running": RUNNING,
    "held": HELD,
    "suspended": SUSPENDED,
    "completed": COMPLETED,
    "closed": CLOSED,
    "aborted": ABORTED,
}
# Rows are conditions, a word for each command that is allowed there and what comes of it.
TABLE = """
new       release:allowed abort:aborted cancel
allowed   revoke:new start:running abort:aborted cancel
running   pause:held complete:completed abort:aborted
held      resume:running complete:completed abort:aborted
suspended resume:running complete:completed abort:aborted
completed close:closed reopen:suspended cancel
closed    cancel
aborted   cancel
"""


def expected() -> dict[tuple[str, str], Condition]:
    found = {}
    for line in TABLE.strip().splitlines():
        name, *cells = line.split()
        for cell in cells:
            command, _, to = cell.partition(":")
            now = NAMES[name]
            found[command, name] = NAMES[to] if to else Condition(now.state, now.substate, hidden=True)
    return found


def test_a_command_leads_where_the_standard_says_and_nowhere_else() -> None:
    for command, (name, now) in product(Command, NAMES.items()):
        assert after(command, now) == expected().get((command.value, name)), (command, name)


@pytest.mark.parametrize(
    ("name", "to"), [("running", SUSPENDED), ("held", SUSPENDED), ("suspended", None), ("new", None)]
)
def test_a_pause_that_suspends_gives_the_machine_back(name: str, to: Condition | None) -> None:
    assert after(Command.PAUSE, NAMES[name], suspend=True) == to


def test_what_was_cancelled_can_be_asked_nothing() -> None:
    hidden = [Condition(now.state, now.substate, hidden=True) for now in NAMES.values()]

    assert [allowed(now) for now in hidden] == [[]] * len(hidden)


@pytest.mark.parametrize(("now", "counts"), [(RUNNING, True), (HELD, True), (SUSPENDED, False), (COMPLETED, False)])
def test_parts_count_for_what_runs_or_is_held(now: Condition, counts: bool) -> None:
    assert now.has_run is counts


@pytest.mark.parametrize(
    ("operations", "order"),
    [
        ([], State.NOT_ALLOWED_TO_START),
        ([NEW, NEW], State.NOT_ALLOWED_TO_START),
        ([NEW, ALLOWED], State.ALLOWED_TO_START),
        ([RUNNING, NEW], State.RUNNING),
        ([COMPLETED, ALLOWED], State.RUNNING),
        ([COMPLETED, HELD], State.INTERRUPTED),
        ([HELD, RUNNING], State.RUNNING),
        ([SUSPENDED, SUSPENDED], State.INTERRUPTED),
        ([COMPLETED, ABORTED], State.ENDED),
        ([CLOSED, CLOSED], State.ENDED),
        ([ABORTED, ABORTED], State.ABORTED),
    ],
)
def test_an_order_is_what_its_operations_are_together(operations: list[Condition], order: State) -> None:
    assert of_order(operations).state is order
