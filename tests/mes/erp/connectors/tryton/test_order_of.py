"""A production as an order, or what a person has to put right first."""

from typing import Any

import pytest

from mes.erp.connectors.tryton.order_of import Problem, order_id, order_of
from mes.orders.wish import OrderFields
from tests.mes.erp.connectors.tryton.productions import production
from tests.mes.house import PLANT


def test_a_production_is_an_order_due_at_the_end_of_its_planned_day() -> None:
    wish = order_of(production(), PLANT)

    assert isinstance(wish, OrderFields)
    assert (wish.product, str(wish.quantity), wish.unit, wish.line) == ("pump-x", "100.0", "C62", "pumps")
    assert wish.due_at.isoformat() == "2026-12-01T16:00:00+00:00"
    assert (wish.external_system, wish.external_number, order_id(production())) == ("tryton", "7", "tryton-7")


def test_a_product_that_the_plant_file_has_not_is_made_where_its_routing_says() -> None:
    wish = order_of(production(**{"product.": {"code": "4711/A"}}), PLANT)

    assert isinstance(wish, OrderFields)
    assert (wish.product, wish.line, wish.machine) == ("4711/A", None, None)


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"product.": None}, "product"),
        ({"unit.": {"symbol": "ft"}}, "'ft' is not known"),
        ({"planned_date": None}, "no planned date"),
        ({"quantity": 0.0}, "quantity"),
        ({"quantity": None}, "quantity"),
    ],
)
def test_what_cannot_be_an_order_names_the_cure(wrong: dict[str, Any], text: str) -> None:
    problem = order_of(production(**wrong), PLANT)

    assert isinstance(problem, Problem)
    assert text in problem.text
    assert problem.cure
