"""Booked rows → sums by order, operation, product, machine, production day, shift, hour. Pure.

Every level adds up to the part: a row is in exactly one sum, whatever it is summed by.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from config.calendar import Calendar
from config.shifts import day_at, edges_between, shift_at
from contract.sample import from_us
from mes.facts.model import Span
from mes.facts.reported import NONE
from mes.orders.quantities.booked import Booked, QuantityKind, certain_scrap, not_counted, totals

HOUR_US = 3_600_000_000
KEYS = ("order", "operation", "product", "machine", "day", "shift", "hour")
# One row of any operation, with what it may be summed by.
Row = tuple[dict[str, Any], str, Booked]


class Keys:
    """By what rows of a window are summed: the names that were asked for, in that order."""

    def __init__(self, calendar: Calendar, by: Sequence[str], window: Span) -> None:
        self.calendar, self.by = calendar, by
        # Between two of these instants day and shift are the same.
        self._edges = edges_between(calendar, *window)
        self._found: dict[int, tuple[date, str | None]] = {}

    def of(self, row: Booked, *, order: str, operation: UUID, product: str, machine: str | None) -> dict[str, Any]:
        """The keys of a row of an operation."""
        found: dict[str, Any] = {"order": order, "operation": operation, "product": product, "machine": machine}
        found["day"], found["shift"] = self._day_and_shift(row.at_us)
        found["hour"] = row.at_us // HOUR_US * HOUR_US
        keys = {name: found[name] for name in self.by}
        return keys | {"hour": from_us(keys["hour"])} if "hour" in keys else keys

    def _day_and_shift(self, at_us: int) -> tuple[date, str | None]:
        place = bisect_right(self._edges, at_us)
        if place not in self._found:
            shift = shift_at(self.calendar, at_us)
            own = (day_at(self.calendar, at_us), None) if shift is None else (shift.day, shift.shift.id)
            self._found[place] = own
        return self._found[place]


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
    return keys | named | {"not_counted": not_counted(rows), "scrap_by_reason": certain_scrap(rows), "unit": unit}


def _sortable(part: Any) -> tuple[bool, str]:
    return part is not None, part.isoformat() if isinstance(part, date) else str(part)


def nothing(row: dict[str, Any]) -> bool:
    """True of a sum that holds nothing at all."""
    return all(row[name] == NONE for kind in QuantityKind for name in (kind.value, f"{kind.value}_high"))
