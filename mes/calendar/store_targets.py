"""Targets in the database: read as known at an instant, said anew, and kept in step with the plant file."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.rows import TupleRow

from config.calendar import calendar_of
from config.plant import Plant
from config.shifts import day_at, day_span
from contract.sample import from_us, to_us
from mes.calendar.targets import ALWAYS, Targets, targets_from
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.calendar", "queries_targets.sql")


async def read_targets(conn: Connection, as_of_us: int | None = None) -> Targets:
    """The targets of all lines as they were known at `as_of_us`, or are known now."""
    asked = {"as_of": None if as_of_us is None else from_us(as_of_us)}
    rows = await (await conn.execute(SQL["targets"].encode(), asked)).fetchall()
    return targets_from([(row[0], row[1], row[2]) for row in rows])


async def targets_said(conn: Connection, line: str, as_of_us: int | None = None) -> list[TupleRow]:
    """What holds of a line from each instant on, the newest first: id, line, from, share, source, by, why, at."""
    asked = {"line": line, "as_of": None if as_of_us is None else from_us(as_of_us)}
    return await (await conn.execute(SQL["targets_of_line"].encode(), asked)).fetchall()


async def say_target(conn: Connection, row: Mapping[str, Any]) -> int:
    """Put down a target; its number."""
    found = await (await conn.execute(SQL["add_target"].encode(), row)).fetchone()
    assert found is not None  # noqa: S101  - an INSERT that returns has one row
    return int(found[0])


def follow_targets(conn: psycopg.Connection[TupleRow], plant: Plant, now: datetime) -> None:
    """Put down what the plant file says anew: the first time always, later from today on."""
    said: dict[str, Decimal | None] = dict(conn.execute(SQL["targets_of_plant_file"]).fetchall())
    calendar = calendar_of(plant.site)
    today = from_us(day_span(calendar, day_at(calendar, to_us(now)))[0])
    for line in plant.lines:
        share = None if line.target_oee is None else Decimal(str(line.target_oee)).quantize(Decimal("0.0001"))
        if share != said.get(line.id):
            since = today if line.id in said else from_us(ALWAYS)
            row = {"line": line.id, "from": since, "share": share, "source": "plant file"}
            conn.execute(SQL["add_target"], row | {"by": "plant file", "why": "plant file"})
