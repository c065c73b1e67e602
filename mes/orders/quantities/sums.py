"""Booked rows → sums by order, operation, product, machine, production day, shift, hour. Pure.

Every level adds up to the part: a row is in exactly one sum, whatever it is summed by.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from config.calendar import Calendar
from config.shifts import day_at, shift_at
from contract.sample import from_us
from mes.facts.reported import NONE
from mes.orders.quantities.booked import Booked, QuantityKind, certain_scrap, totals

HOUR_US = 3_600_000_000
KEYS = ("order", "operation", "product", "machine", "day", "shift", "hour")
# One row of any operation, with what it may be summed by.
Row = tuple[dict[str, Any], str, Booked]


def keys_of(
    calendar: Calendar,
    by: Sequence[str],
    row: Booked,
    *,
    order: str,
    operation: UUID,
    product: str,
    machine: str | None,
) -> dict[str, Any]:
    """The keys of a row that were asked for."""
    own = {"order": order, "operation": operation, "product": product, "machine": machine}
    found: dict[str, Any] = {name: own[name] for name in by if name in own}
    shift = shift_at(calendar, row.at_us) if {"shift", "day"} & set(by) else None
    if "shift" in by:
        found["shift"] = None if shift is None else shift.shift.id
    if "day" in by:
        found["day"] = day_at(calendar, row.at_us) if shift is None else shift.day
    if "hour" in by:
        found["hour"] = from_us(row.at_us // HOUR_US * HOUR_US)
    return found


def sums(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """A sum for each set of keys and unit, in the order of the keys."""
    groups: dict[tuple[Any, ...], tuple[dict[str, Any], str, list[Booked]]] = {}
    for keys, unit, row in rows:
        groups.setdefault((*keys.values(), unit), (keys, unit, []))[2].append(row)
    return [_sum(*groups[name]) for name in sorted(groups, key=lambda name: tuple(_sortable(part) for part in name))]


def _sum(keys: dict[str, Any], unit: str, rows: list[Booked]) -> dict[str, Any]:
    found = totals(rows)
    named: dict[str, Decimal] = {}
    for kind in QuantityKind:
        named[kind.value], named[f"{kind.value}_high"] = found[kind]
    return keys | named | {"scrap_by_reason": certain_scrap(rows), "unit": unit}


def _sortable(part: Any) -> tuple[bool, str]:
    return part is not None, part.isoformat() if isinstance(part, date) else str(part)


def nothing(row: dict[str, Any]) -> bool:
    """True of a sum that holds nothing at all."""
    return all(row[name] == NONE for kind in QuantityKind for name in (kind.value, f"{kind.value}_high"))
