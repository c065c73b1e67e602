"""A production of Tryton → the order that it is here, or what a person has to put right. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from config.plant import Plant
from mes.erp.connectors.tryton.records import Production
from mes.orders.wish import OrderFields

SYSTEM = "tryton"
# Symbols of Tryton's own units, and what UN/ECE Recommendation 20 calls them.
UNITS = {
    "u": "C62",
    "kg": "KGM",
    "g": "GRM",
    "t": "TNE",
    "m": "MTR",
    "cm": "CMT",
    "mm": "MMT",
    "km": "KMT",
    "l": "LTR",
    "m³": "MTQ",
    "m²": "MTK",
    "h": "HUR",
    "min": "MIN",
    "s": "SEC",
    "d": "DAY",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an order is not taken, or a document not written, and what a person does about it."""

    text: str
    cure: str


def order_id(production: Production) -> str:
    """The id of the order here: Tryton's own id, which never changes and needs no escaping."""
    return f"{SYSTEM}-{production.id}"


def order_of(production: Production, plant: Plant) -> OrderFields | Problem:
    """The order, or the first thing that keeps it from being one."""
    code = (production.product_of.code if production.product_of else None) or ""
    product = next((one for one in plant.products if (one.erp_number or one.id) == code), None)
    place = product.made_at if product else None
    symbol = production.unit_of.symbol if production.unit_of else None
    if symbol not in UNITS:
        return Problem(f"Its unit '{symbol or ''}' is not known here.", f"Use one of {', '.join(sorted(UNITS))}.")
    day = production.planned_date or production.planned_start_date
    if day is None:
        return Problem("It has no planned date.", "Enter Planned Date in Tryton.")
    due = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(plant.site.zone)).astimezone(UTC)
    line = any(one.id == place for one in plant.lines)
    try:
        return OrderFields(
            product=product.id if product else code,
            quantity=production.quantity,
            unit=UNITS[symbol],
            due_at=due,
            line=place if line else None,
            machine=None if line else place,
            external_system=SYSTEM,
            external_number=production.number or f"#{production.id}",
        )
    except ValidationError as err:
        first = err.errors()[0]
        return Problem(f"Its {'.'.join(str(one) for one in first['loc'])}: {first['msg']}", "Correct it in Tryton.")
