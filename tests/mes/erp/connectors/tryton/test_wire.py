"""Calls as Tryton reads them, and what its answers mean."""

import xmlrpc.client
from datetime import date
from decimal import Decimal

import pytest

from mes.erp.connectors.tryton.wire import TrytonAway, TrytonRefuses, authorization, call, result


def test_decimals_and_dates_go_as_tryton_reads_them() -> None:
    [values], method = xmlrpc.client.loads(call("model.x.create", {"price": Decimal("0.5"), "day": date(2026, 12, 1)}))

    assert method == "model.x.create"
    assert values == {
        "price": {"__class__": "Decimal", "decimal": "0.5"},
        "day": {"__class__": "date", "year": 2026, "month": 12, "day": 1},
    }


def test_a_value_comes_back_as_it_was_sent() -> None:
    assert result(200, xmlrpc.client.dumps(([{"id": 1}],), methodresponse=True).encode()) == [{"id": 1}]


@pytest.mark.parametrize(
    ("code", "kind"), [(1, TrytonRefuses), (2, TrytonRefuses), (4, TrytonRefuses), (3, TrytonAway), (255, TrytonAway)]
)
def test_a_refusal_wants_a_person_and_a_failure_passes(code: int, kind: type[Exception]) -> None:
    body = xmlrpc.client.dumps(xmlrpc.client.Fault(code, "Not so. - "), methodresponse=True).encode()

    with pytest.raises(kind) as told:
        result(200, body)

    assert getattr(told.value, "changed", False) is (code == 4)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b""),
        (502, b"<html>"),
        (401, b""),
        (200, b"<html>"),
        (200, b""),
        (200, b"\xff"),
        (200, b"<methodResponse/>"),
    ],
)
def test_what_is_no_answer_of_tryton_is_tried_again(status: int, body: bytes) -> None:
    with pytest.raises(TrytonAway):
        result(status, body)


def test_what_the_user_may_not_do_wants_a_person() -> None:
    with pytest.raises(TrytonRefuses):
        result(403, b"")


def test_a_session_stands_in_the_header() -> None:
    assert authorization("mes", 2, "abc") == "Session bWVzOjI6YWJj"
