"""The lines that a change touches, by its address."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from config.plant import Plant
from runtime.database import queries
from runtime.lending import Connection

# What the address of a route or a page calls what it is about, and the begins of those that are about equipment.
NAMES = ("id", "id_", "alarm_id", "machine", "machine_id", "line", "line_id")
EQUIPMENT = ("equipment", "stops", "machines", "lines", "operator", "station", "offline-batches")
DIGITS = 18
SQL = queries("mes.erp", "queries_lines.sql")


async def lines_of_act(
    conn: Connection, plant: Plant, address: str, parameters: Mapping[str, Any]
) -> frozenset[str] | None:
    """None where the address names neither equipment, nor an order, nor an operation that is there."""
    begin = address.removeprefix("/api/v1").split("/")[1]
    named = next((parameters[name] for name in NAMES if name in parameters), None)
    if named is None:
        return None
    if begin in EQUIPMENT:
        places = [str(named)]
    elif begin == "alarms":
        alarm = {"id": int(named) if str(named).isdecimal() and len(str(named)) <= DIGITS else 0}
        places = [place for (place,) in await (await conn.execute(SQL["place_of_alarm"].encode(), alarm)).fetchall()]
    elif begin == "conflicts":
        entry = {"id": _uuid(str(named))}
        places = [place for (place,) in await (await conn.execute(SQL["place_of_entry"].encode(), entry)).fetchall()]
    elif begin in ("board", "orders", "operations"):
        row = {"named": str(named), "operation": _uuid(str(named))}
        places = [place for (place,) in await (await conn.execute(SQL["places_of"].encode(), row)).fetchall()]
    else:
        return None
    line_of = {machine.id: line.id for line in plant.lines for machine in line.machines}
    lines = {line_of.get(place, place) for place in places}
    return frozenset(lines) if lines and lines <= {line.id for line in plant.lines} else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
