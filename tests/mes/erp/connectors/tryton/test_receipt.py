"""A confirmation as moves of Tryton."""

from decimal import Decimal

from mes.erp.connectors.tryton.receipt import Receipt, found, sums, write
from tests.mes.erp.connectors.tryton.productions import move, production

PARTIAL = Receipt(2, Decimal(40), Decimal(3))
PLANNED = move(2, 100, state="draft")


def test_one_write_holds_the_key_the_moves_and_what_is_still_to_come() -> None:
    values = write(production(), [PLANNED], PARTIAL, frozenset(), 4)

    assert values["reference"] == "shopfloor:2"
    [rest, [_, [good, scrap]]] = values["outputs"]  # type: ignore[misc]  - a document of Tryton
    assert rest == ["write", [2], {"quantity": 60.0}]
    assert (good["quantity"], good["to_location"], good["currency"]) == (40.0, 6, 4)
    assert (scrap["quantity"], scrap["to_location"], "unit_price" in scrap) == (3.0, 4, False)


def test_more_than_was_ordered_leaves_nothing_to_come() -> None:
    values = write(production(), [PLANNED, move(3, 90)], PARTIAL, frozenset({3}), 4)

    assert values["outputs"][0] == ["write", [2], {"quantity": 0.0}]  # type: ignore[index]  - a document of Tryton


def test_a_confirmation_is_found_by_what_was_not_there_before() -> None:
    there = [PLANNED, move(3, 40), move(4, 40), move(5, 3, scrap=True)]

    assert [one.id for one in found(there, frozenset({2, 3}), PARTIAL) or []] == [4, 5]
    assert found(there, frozenset({2, 3, 4}), PARTIAL) is None
    assert found([PLANNED, move(4, 41), move(5, 3, scrap=True)], frozenset({2}), PARTIAL) is None
    assert found([PLANNED, move(4, 40, state="cancelled"), there[3]], frozenset({2}), PARTIAL) is None


def test_what_tryton_has_is_what_is_done() -> None:
    moves = [PLANNED, move(3, 40), move(4, 9, state="cancelled"), move(5, 3, scrap=True), move(6, 8, product=4)]

    assert sums(moves, 3) == (Decimal(40), Decimal(3))
