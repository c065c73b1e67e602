"""Quantities are exact decimals in text; a float, which is not what was written, is refused."""

from decimal import Decimal

import pytest
from pydantic import BaseModel, ValidationError

from mes.web.quantity import Amount, Number, Quantity, UnitCode, plain


class Row(BaseModel):
    quantity: Quantity = Decimal(0)
    amount: Amount = Decimal(1)
    number: Number = "A"
    unit: UnitCode = "H87"


@pytest.mark.parametrize(
    ("given", "answered"),
    [("12.5", "12.5"), ("12.500000", "12.5"), ("-3", "-3"), ("0.000001", "0.000001"), (2000, "2000"), ("-0", "0")],
)
def test_a_quantity_comes_back_exactly_as_it_was_given(given: object, answered: str) -> None:
    assert Row.model_validate({"quantity": given}).model_dump(mode="json")["quantity"] == answered


@pytest.mark.parametrize("given", [0.1, 12.0, True, "1e3", "NaN", " 1", "1.0000001", "1234567890123", "", None, "１"])
def test_what_is_not_exact_is_refused(given: object) -> None:
    with pytest.raises(ValidationError, match="decimal number as text"):
        Row.model_validate({"quantity": given})


@pytest.mark.parametrize("given", ["0", "-1", "0.000000"])
def test_an_amount_is_more_than_nothing(given: str) -> None:
    with pytest.raises(ValidationError):
        Row.model_validate({"amount": given})


@pytest.mark.parametrize("given", ["A/12#b", "螺栓 M8", "x" * 64])
def test_a_number_is_what_a_company_has(given: str) -> None:
    assert Row.model_validate({"number": given}).number == given


@pytest.mark.parametrize("given", ["", " A", "A ", "x" * 65, "a\tb", "a\x00", "e\u0301"])
def test_a_number_that_two_people_would_write_differently_is_refused(given: str) -> None:
    with pytest.raises(ValidationError):
        Row.model_validate({"number": given})


@pytest.mark.parametrize("given", ["h87", "PIECE", "", "K"])
def test_a_unit_is_a_code_of_recommendation_20(given: str) -> None:
    with pytest.raises(ValidationError):
        Row.model_validate({"unit": given})


@pytest.mark.parametrize(("exact", "text"), [("1200", "1200"), ("0", "0"), ("1.10", "1.1"), ("1E+3", "1000")])
def test_a_quantity_is_told_without_needless_digits(exact: str, text: str) -> None:
    assert plain(Decimal(exact)) == text
