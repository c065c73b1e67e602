"""Records of Tryton as it tells them."""

from datetime import date
from decimal import Decimal
from typing import Any

from mes.erp.connectors.tryton.records import Move, Production


def production(**other: Any) -> Production:
    told = {"id": 7, "number": "7", "state": "waiting", "quantity": 100.0, "inputs": [1], "outputs": [2], "product": 3}
    told |= {"planned_date": {"__class__": "date", "year": 2026, "month": 12, "day": 1}, "product.": {"code": "pump-x"}}
    told |= {"unit": 1, "unit.": {"symbol": "u"}, "location": 9, "company": 1, "company.": {"currency": 4}}
    told |= {"warehouse": 5, "warehouse.": {"storage_location": 6}, "_timestamp": "1.5", "reference": None}
    return Production.model_validate(told | other)


def move(id_: int, quantity: float, *, scrap: bool = False, state: str = "done", product: int = 3) -> Move:
    told = {"id": id_, "product": product, "quantity": quantity, "unit": 1, "state": state, "from_location": 9}
    told |= {"to_location": 4 if scrap else 6, "to_location.": {"type": "lost_found" if scrap else "storage"}}
    return Move.model_validate(told)


A_DAY, HUNDRED = date(2026, 12, 1), Decimal(100)
