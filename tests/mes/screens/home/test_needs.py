from dataclasses import replace
from decimal import Decimal

import pytest

from config.device import Name
from contract.sample import State
from mes.maintenance import Call
from mes.screens.home.needs import Waiting, needs
from mes.screens.wall.site import SiteView, site_view
from mes.screens.wall.tiles import AbsentNode, AlarmLine, OrderLine
from tests.mes.screens.lines import HOUR, MINUTE
from tests.mes.screens.walls import view_of

WAITING = (Waiting("line-1", 3, 9 * MINUTE),)


def busy_site() -> SiteView:
    """A machine down, a call that nobody answered and one on which somebody comes, a late order, an agent away."""
    line = view_of([(0, State.RUNNING), (50 * MINUTE, State.DOWN)])
    line = replace(line, absent=(AbsentNode("edge-1", "offline", HOUR),))
    calls = [
        Call("a", "press-1", "material", None, 10, "Li Wei", 11),
        Call("b", "press-1", "maintenance", None, 20, None, None),
    ]
    order = OrderLine("20261130-1", "line-1", Name(en="Part", zh="零件"), Decimal(9), None, None, 60, True, "pace")
    alarm = AlarmLine(7, None, "20261130-1", "medium", "late", "晚")
    return site_view([line], calls, [order], [alarm])


@pytest.mark.parametrize(
    ("roles", "kinds"),
    [
        ((), ["call", "call", "late", "down", "node", "hold", "reasons"]),
        (("supervisor",), ["call", "call", "late", "down", "node", "reasons"]),
        (("operator",), ["call", "call", "down", "reasons"]),
        (("planner",), ["late", "down"]),
        (("quality",), ["call", "call", "hold"]),
        (("engineer",), ["node"]),
        (("planner", "engineer"), ["late", "down", "node"]),
    ],
)
def test_each_role_sees_what_it_can_do_something_about(roles: tuple[str, ...], kinds: list[str]) -> None:
    found, count = needs(busy_site(), WAITING, 2, roles)

    assert sorted(need.kind for need in found) == sorted(kinds)
    assert count == len(kinds)


def test_a_call_that_nobody_has_answered_comes_before_all_else() -> None:
    found, _ = needs(busy_site(), WAITING, 0, ())

    assert (found[0].kind, found[0].call, found[0].level) == ("call", "b", "high")
    assert (found[1].kind, found[1].call, found[1].level) == ("call", "a", "medium")
    assert found[-1].level == "low"


def test_an_order_that_is_late_is_said_once_though_an_alarm_says_it_too() -> None:
    found, _ = needs(busy_site(), (), 0, ())

    assert [need.kind for need in found].count("late") == 1
    assert "alarm" not in {need.kind for need in found}


def test_where_nothing_waits_the_list_is_empty() -> None:
    assert needs(site_view([view_of([(0, State.RUNNING)])], [], [], []), (), 0, ()) == ((), 0)
