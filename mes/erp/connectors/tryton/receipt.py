"""A confirmation → the moves that say it in Tryton, and whether Tryton has them. Pure.

A move of good parts leads to stock, a move of scrap to a waste location; both are done, so that stock is right at once.
What is still to come stays in the move that the bill of material has made, and shrinks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from mes.erp.connectors.tryton.records import Move, Production

NONE = Decimal(0)
LIVE = ("draft", "assigned", "done")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a confirmation adds in the order's unit; `key` counts the documents of its order."""

    key: int
    good: Decimal
    scrap: Decimal

    @property
    def lines(self) -> list[tuple[bool, Decimal]]:
        """(whether it is scrap, quantity) of each move that it takes."""
        return [(scrap, quantity) for scrap, quantity in ((False, self.good), (True, self.scrap)) if quantity]


def to_come(moves: Sequence[Move], own: frozenset[int], product: int | None) -> Move | None:
    """The move of the bill of material that tells what is still to come."""
    planned = [one for one in moves if one.product == product and not one.scrap and one.state == "draft"]
    return min((one for one in planned if one.id not in own), key=lambda one: one.id, default=None)


def write(
    production: Production, moves: Sequence[Move], receipt: Receipt, own: frozenset[int], waste: int | None
) -> dict[str, object]:
    """The values of the one write that holds a confirmation: its key and its moves, all or nothing."""
    planned = to_come(moves, own, production.product)
    made = sum((one.quantity for one in moves if one.id in own and one.state in LIVE and not one.scrap), NONE)
    left = max((production.quantity or NONE) - made - receipt.good, NONE)
    lines: list[object] = []
    if planned is not None:
        lines.append(["write", [planned.id], {"quantity": float(left)}])
    new = [_move(production, planned, scrap, quantity, waste) for scrap, quantity in receipt.lines]
    if new:
        lines.append(["create", new])
    return {"reference": production.with_key(receipt.key), "outputs": lines}


def _move(
    production: Production, planned: Move | None, scrap: bool, quantity: Decimal, waste: int | None
) -> dict[str, object]:
    values: dict[str, object] = {
        "product": production.product,
        "quantity": float(quantity),
        "unit": production.unit,
        "from_location": production.location,
        "to_location": waste if scrap else production.stock if planned is None else planned.to_location,
        "company": production.company,
    }
    # Its price is worked out when the production is done; scrap has none.
    return values if scrap else values | {"unit_price": NONE, "currency": production.company_of.currency}


def found(moves: Sequence[Move], before: frozenset[int], receipt: Receipt) -> list[Move] | None:
    """The moves of a confirmation among those that were not there before it; None where they do not say the same."""
    new = sorted((one for one in moves if one.id not in before and one.state in LIVE), key=lambda one: one.id)
    taken: list[Move] = []
    for scrap, quantity in receipt.lines:
        match = next((m for m in new if m not in taken and m.scrap == scrap and m.quantity == quantity), None)
        if match is None:
            return None
        taken.append(match)
    return taken


def sums(moves: Sequence[Move], product: int | None) -> tuple[Decimal, Decimal]:
    """Good and scrap of a product that Tryton has in done moves, whoever made them."""
    done = [one for one in moves if one.state == "done" and one.product == product]
    good = sum((one.quantity for one in done if not one.scrap), NONE)
    return good, sum((one.quantity for one in done if one.scrap), NONE)
