"""Each change of the API is an action of the matrix."""

import pytest

from mes.orders.operation_states import Command
from mes.people.acts import COMMANDS, action_of
from mes.people.roles import Action
from tests.mes.erp.api_operations import OPERATIONS

CHANGES = [path for method, path, _ in OPERATIONS if method != "GET"]


@pytest.mark.parametrize("path", CHANGES)
def test_each_change_of_the_api_is_an_action(path: str) -> None:
    assert action_of(path, "start") is not None


def test_each_command_is_an_action() -> None:
    assert set(COMMANDS) == set(Command)
    assert action_of("/operations/{id}/{command}", "nonsense") is None


@pytest.mark.parametrize(
    ("address", "command", "action"),
    [
        ("/orders/{id}", None, Action.ORDER),
        ("/orders/{id}/start", None, Action.EXECUTE),
        ("/orders/{id}/{command}", "close", Action.CLOSE),
        ("/operations/{id}/{command}", "pause", Action.EXECUTE),
        ("/operations/{id}/confirmations", None, Action.CONFIRM),
        ("/operations/{id}/confirmations/{number}/reverse", None, Action.CLOSE),
        ("/holds", None, Action.INSPECT),
        ("/holds/{id}/release", None, Action.DISPOSE),
        ("/holdsx", None, None),
    ],
)
def test_the_longest_begin_of_an_address_says_what_it_is(
    address: str, command: str | None, action: Action | None
) -> None:
    assert action_of(address, command) is action
