"""The matrix of roles and actions, against a second one that was written by hand from the plant's point of view."""

import pytest

from mes.people.roles import Action, Role, allowed

LETTERS = {
    "V": Role.VIEWER,
    "O": Role.OPERATOR,
    "L": Role.SUPERVISOR,
    "M": Role.MAINTENANCE,
    "Q": Role.QUALITY,
    "P": Role.PLANNER,
    "E": Role.ENGINEER,
    "A": Role.ADMINISTRATOR,
}
# What each role may do beside seeing numbers.
MAY = {
    "V": set[Action](),
    "O": {Action.EXECUTE, Action.INSPECT, Action.MOVE, Action.ACKNOWLEDGE, Action.SIGN_ON},
    "L": set(Action)
    - {Action.DISPOSE, Action.APPLY, Action.PLAN_QUALITY, Action.DEFINE, Action.CONNECT}
    - {Action.ADMINISTER, Action.TAKE_OUT},
    "M": {Action.ACKNOWLEDGE, Action.SHELVE, Action.TAKE_OUT, Action.ROSTER, Action.SIGN_ON},
    "Q": {Action.INSPECT, Action.DISPOSE, Action.ACKNOWLEDGE, Action.PLAN_QUALITY, Action.SIGN_ON},
    "P": {Action.ORDER, Action.PROPOSE, Action.APPLY, Action.CALENDAR},
    "E": {Action.CORRECT, Action.ACKNOWLEDGE, Action.TAKE_OUT, Action.PLAN_QUALITY, Action.DEFINE}
    | {Action.CALENDAR, Action.CONNECT},
    "A": {Action.ADMINISTER, Action.REGISTER},
}


@pytest.mark.parametrize("letter", LETTERS)
def test_a_role_may_what_the_plant_gives_it_and_nothing_else(letter: str) -> None:
    assert {one for one in Action if allowed([LETTERS[letter]], one)} == MAY[letter] | {Action.SEE}


def test_whoever_has_several_roles_may_what_any_of_them_may_and_without_one_nothing() -> None:
    assert allowed([Role.VIEWER, Role.QUALITY], Action.DISPOSE)
    assert not any(allowed([], one) for one in Action)


def test_administrators_have_no_rights_of_production() -> None:
    assert not allowed([Role.ADMINISTRATOR], Action.EXECUTE)
