from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from mes.orders.products.routing import ONLY_STEP, Ordered, Place, RoutingStep, Unfit, settled, steps_of
from mes.orders.wish import OrderFields
from tests.times import at

PRESSES = RoutingStep(10, (Place("press-1"), Place("press-2")))
PACKING = RoutingStep(20, (Place(line="packing"), Place("press-9")))
POWDER = Ordered("KGM", units={"TNE": Fraction(1000), "LBR": Fraction(45359237, 100_000_000), "X3": Fraction(1, 3)})


def wish(**more: Any) -> OrderFields:
    return OrderFields.model_validate(
        {"product": "A/1", "quantity": "2.5", "due_at": at("2026-12-01 14:00"), "machine": "press-1"} | more
    )


def test_without_a_routing_an_order_has_one_step_where_it_says() -> None:
    assert steps_of(settled(wish(), Ordered()), Ordered()) == {ONLY_STEP: Place("press-1")}
    with pytest.raises(Unfit) as found:
        settled(wish(machine=None), Ordered())
    assert found.value.key == "machine"


def test_each_step_is_made_at_its_first_place_unless_the_order_says_another_for_the_first() -> None:
    ordered = Ordered("C62", steps=(PRESSES, PACKING))
    silent, said = settled(wish(machine=None), ordered), settled(wish(machine="press-2"), ordered)

    assert steps_of(silent, ordered) == {10: Place("press-1"), 20: Place(line="packing")}
    assert steps_of(said, ordered) == {10: Place("press-2"), 20: Place(line="packing")}
    with pytest.raises(Unfit, match="is not made at 'press-9': give one of press-1, press-2"):
        settled(wish(machine="press-9"), ordered)


def test_a_quantity_is_brought_to_the_base_unit_exactly_or_not_at_all() -> None:
    ton, pound = settled(wish(unit="TNE"), POWDER), settled(wish(unit="LBR", quantity="100"), POWDER)

    assert (ton.quantity, ton.unit) == (Decimal(2500), "KGM")
    assert (pound.quantity, pound.unit) == (Decimal("45.359237"), "KGM")
    assert settled(wish(), POWDER).unit == "KGM"
    assert settled(wish(unit="LTR"), Ordered()).unit == "LTR"
    for unit, key in (("LTR", "unit"), ("X3", "quantity")):
        with pytest.raises(Unfit) as found:
            settled(wish(unit=unit), POWDER)
        assert found.value.key == key
