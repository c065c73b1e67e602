"""Each route of the API and each page is an action of the matrix; whoever adds one says which."""

import pytest
from fastapi.routing import iter_route_contexts

from mes.app import create_app
from mes.keeper.refresh_loop import Refresh
from mes.orders.operation_states import Command
from mes.people.acts import COMMANDS, FORMS, PAGES, SCOPES, NotListed, action_of
from mes.people.roles import Action
from runtime.database import async_pool
from tests.mes.erp.plants import settings
from tests.mes.screens.lines import plant

APP = create_app(settings(""), plant(), async_pool("", "mes"), Refresh())
ROUTES = [
    (m, one.path or "") for one in iter_route_contexts(APP.routes) for m in sorted(one.methods or ()) if m != "HEAD"
]


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=[f"{m} {path}" for m, path in ROUTES])
def test_every_route_and_page_is_an_action(method: str, path: str) -> None:
    """A new one is added to mes/people/acts.py: to CHANGES, FORMS or PAGES."""
    action_of(method, path, "start")


def test_all_routes_are_looked_at() -> None:
    assert len(ROUTES) > 140
    assert {path for method, path in ROUTES if method == "POST"} >= set(FORMS)


def test_no_row_of_the_tables_is_of_a_page_that_is_gone() -> None:
    paths = {path for _, path in ROUTES}

    assert [one for one in PAGES if not any(path == one or path.startswith(f"{one}/") for path in paths)] == []


def test_each_command_is_an_action() -> None:
    assert set(COMMANDS) == set(Command)
    with pytest.raises(NotListed):
        action_of("POST", "/api/v1/operations/{id}/{command}", "nonsense")


@pytest.mark.parametrize(
    ("method", "address", "command", "action"),
    [
        ("PUT", "/api/v1/orders/{id}", None, Action.ORDER),
        ("POST", "/api/v1/orders/{id}/start", None, Action.EXECUTE),
        ("POST", "/api/v1/orders/{id}/{command}", "close", Action.CLOSE),
        ("POST", "/api/v1/operations/{id}/{command}", "pause", Action.EXECUTE),
        ("POST", "/api/v1/operations/{id}/confirmations", None, Action.CONFIRM),
        ("POST", "/api/v1/operations/{id}/confirmations/{number}/reverse", None, Action.CLOSE),
        ("POST", "/api/v1/holds", None, Action.INSPECT),
        ("POST", "/api/v1/holds/{id}/release", None, Action.DISPOSE),
        ("GET", "/api/v1/holds", None, Action.SEE),
        ("GET", "/api/v1/people", None, Action.ADMINISTER),
        ("GET", "/wall/{line_id}/events", None, Action.SEE),
        ("POST", "/orders/{id}/operations/{operation}/{command}", "release", Action.ORDER),
        ("POST", "/logout", None, None),
    ],
)
def test_the_longest_begin_of_an_address_says_what_it_is(
    method: str, address: str, command: str | None, action: Action | None
) -> None:
    assert action_of(method, address, command) is action


@pytest.mark.parametrize(
    ("method", "address"), [("POST", "/api/v1/holdsx"), ("POST", "/alarms"), ("GET", "/nowhere"), ("POST", "/")]
)
def test_an_address_that_nobody_has_listed_is_none(method: str, address: str) -> None:
    with pytest.raises(NotListed):
        action_of(method, address)


def test_each_action_that_needs_somebody_says_what_a_program_needs() -> None:
    assert set(SCOPES) == set(Action) - {Action.SEE}
