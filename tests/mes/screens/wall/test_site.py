from decimal import Decimal

from config.device import Name
from contract.sample import State
from mes.maintenance import Call
from mes.screens.wall.site import site_view
from mes.screens.wall.tiles import OrderLine
from tests.mes.screens.walls import view_of


def order(id_: str, late_by_us: int | None) -> OrderLine:
    late = None if late_by_us is None else late_by_us > 0
    return OrderLine(id_, "line-1", Name(en="Part", zh="零件"), Decimal(9), None, None, late_by_us, late)


def test_what_waits_for_somebody_stands_first() -> None:
    calls = [
        Call("1", "press-1", "material", None, 5, "Li Wei", 6),
        Call("2", "press-2", "quality", None, 9, None, None),
        Call("3", "press-3", "quality", None, 8, None, None),
    ]

    view = site_view(
        [view_of([(0, State.RUNNING)])], calls, [order("a", 10), order("b", 90), order("c", -5), order("d", None)], ()
    )

    assert [call.id for call in view.calls] == ["3", "2", "1"]
    assert [late.id for late in view.late] == ["b", "a"]
