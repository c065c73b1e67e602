"""Who may do what: roles of persons, actions, and the one table of both. Pure.

A program acts by the scopes of its key; a person who is named acts by roles.
"""

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    """What somebody is in a plant; one person may be several."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    MAINTENANCE = "maintenance"
    QUALITY = "quality"
    PLANNER = "planner"
    ENGINEER = "engineer"
    ADMINISTRATOR = "administrator"


class Action(StrEnum):
    """What is told apart of all that can be done."""

    SEE = "see numbers"
    EXECUTE = "start, pause, complete, report, give a stop's reason"
    CORRECT = "date back, correct, undo, assign parts, override a guard"
    ORDER = "make orders, release, revoke, sequence, cancel"
    CLOSE = "reverse a confirmation, close, reopen"
    INSPECT = "record an inspection, place a hold"
    DISPOSE = "release a hold, decide on defects"
    MOVE = "move material"
    ACKNOWLEDGE = "acknowledge, comment, call"
    SHELVE = "shelve an alarm, close a request"
    TAKE_OUT = "take an alarm out of service"
    ROSTER = "change rosters"
    PROPOSE = "propose a plan"
    APPLY = "apply a plan"
    PLAN_QUALITY = "change inspection plans and charts' limits"
    DEFINE = "change products, rules, ideal cycles, policies"
    CONFIRM = "post a confirmation"
    SIGN_ON = "write notes, sign on"
    CALENDAR = "change the calendar, targets, report schedules"
    CONNECT = "change the plant file, what is connected"
    REGISTER = "register shared tablets"
    ADMINISTER = "people, keys, retention, audit"


_V, _O, _L, _M = Role.VIEWER, Role.OPERATOR, Role.SUPERVISOR, Role.MAINTENANCE
_Q, _P, _E, _A = Role.QUALITY, Role.PLANNER, Role.ENGINEER, Role.ADMINISTRATOR
MATRIX: dict[Action, frozenset[Role]] = {
    Action.SEE: frozenset(Role),
    Action.EXECUTE: frozenset({_O, _L}),
    Action.CORRECT: frozenset({_L, _E}),
    Action.ORDER: frozenset({_L, _P}),
    Action.CLOSE: frozenset({_L}),
    Action.INSPECT: frozenset({_O, _L, _Q}),
    Action.DISPOSE: frozenset({_Q}),
    Action.MOVE: frozenset({_O, _L}),
    Action.ACKNOWLEDGE: frozenset({_O, _L, _M, _Q, _E}),
    Action.SHELVE: frozenset({_L, _M}),
    Action.TAKE_OUT: frozenset({_M, _E}),
    Action.ROSTER: frozenset({_L, _M}),
    Action.PROPOSE: frozenset({_L, _P}),
    Action.APPLY: frozenset({_P}),
    Action.PLAN_QUALITY: frozenset({_Q, _E}),
    Action.DEFINE: frozenset({_E}),
    Action.CONFIRM: frozenset({_L}),
    Action.SIGN_ON: frozenset({_O, _L, _M, _Q}),
    Action.CALENDAR: frozenset({_L, _P, _E}),
    Action.CONNECT: frozenset({_E}),
    Action.REGISTER: frozenset({_L, _A}),
    Action.ADMINISTER: frozenset({_A}),
}


def roles_of(granted: Iterable[tuple[str, str]]) -> set[Role]:
    """The roles of grants at places, wherever they hold."""
    return {Role(role) for role, _ in granted}


def allowed(roles: Iterable[Role], action: Action) -> bool:
    """Whether somebody with these roles may do it."""
    return not MATRIX[action].isdisjoint(roles)
