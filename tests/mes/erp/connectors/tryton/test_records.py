"""What is read of Tryton."""

import pytest
from pydantic import ValidationError

from tests.mes.erp.connectors.tryton.productions import A_DAY, HUNDRED, move, production


def test_dates_and_quantities_are_exact() -> None:
    assert (production().planned_date, production().quantity, str(move(1, 0.1).quantity)) == (A_DAY, HUNDRED, "0.1")


@pytest.mark.parametrize(
    ("reference", "key", "after"),
    [
        (None, 0, "shopfloor:4"),
        ("shopfloor:3", 3, "shopfloor:4"),
        ("PO 12 shopfloor:3", 3, "PO 12 shopfloor:4"),
        ("shopfloor:3 and more", 0, "shopfloor:3 and more shopfloor:4"),
    ],
)
def test_the_own_key_stands_after_what_people_have_written(reference: str | None, key: int, after: str) -> None:
    one = production(reference=reference)

    assert (one.key, one.with_key(4)) == (key, after)


def test_a_record_of_another_shape_is_none() -> None:
    with pytest.raises(ValidationError):
        production(outputs=None)


def test_good_parts_go_where_the_warehouse_puts_output() -> None:
    other = production(**{"warehouse.": {"storage_location": 6, "production_output_location": 8}})

    assert (production().stock, other.stock) == (6, 8)
