"""The calendar in the database: read as known at an instant, and kept in step with the plant file."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from config.calendar import Calendar, calendar_from, calendar_of, shifts_as_json
from config.plant import Site
from config.shifts import day_at
from config.zones import zone_rules
from contract.sample import from_us, to_us
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.calendar")
OVERRIDE_KNOWN = SQL["override_known"]


async def read_calendar(conn: Connection, site: Site, as_of_us: int | None = None) -> Calendar:
    """The calendar as it was known at `as_of_us`, or is known now."""
    asked = {"as_of": None if as_of_us is None else from_us(as_of_us)}
    weeks = await (await conn.execute(SQL["calendar_weeks"], asked)).fetchall()
    return calendar_from(site, weeks, await (await conn.execute(SQL["calendar_overrides"], asked)).fetchall())


def calendar_now(conn: psycopg.Connection[TupleRow], site: Site) -> Calendar:
    """As read_calendar, for the keeper."""
    asked = {"as_of": None}
    weeks = conn.execute(SQL["calendar_weeks"], asked).fetchall()
    return calendar_from(site, weeks, conn.execute(SQL["calendar_overrides"], asked).fetchall())


def follow_plant_file(conn: psycopg.Connection[TupleRow], site: Site, now: datetime) -> bool:
    """Put down a week of shifts that the plant file says anew; True when it does.

    The first one holds always, a later one from `shifts_since` or, without it, from today on.
    New zone rules alone are a version of their own: instants in the future may move with them.
    """
    row = conn.execute(SQL["newest_week"]).fetchone()
    rules, shifts = zone_rules(site.zone), shifts_as_json(site.shifts)
    since: date | None = site.shifts_since
    if row is None:
        why = "the first plant file"
    else:
        known_since, known_shifts, known_zone, known_rules = row
        same = (known_shifts, known_zone) == (shifts, site.zone) and since in (None, known_since)
        if same and known_rules == rules:
            return False
        why = f"zone rules {known_rules} became {rules}" if same else "the plant file was changed"
        today = day_at(calendar_of(site), to_us(now))
        since = known_since if same else since or today
    week = {"since": since, "zone": site.zone, "zone_rules": rules, "shifts": Jsonb(shifts), "why": why}
    conn.execute(SQL["add_week"], week)
    return True


async def add_override(conn: Connection, row: Mapping[str, Any]) -> int:
    """Put down an exception of a day or shift; its id. The keeper is to be woken in the same transaction."""
    as_json = {name: None if row[name] is None else Jsonb(row[name]) for name in ("breaks", "name")}
    found = await (await conn.execute(SQL["add_override"].encode(), {**row, **as_json})).fetchone()
    assert found is not None  # noqa: S101  - RETURNING
    return int(found[0])


async def override_in_force(conn: Connection, day: date, shift: str) -> TupleRow | None:
    """The newest exception of a day and shift ('' for the whole day), the end of one included."""
    asked = {"day": day, "shift": shift}
    return await (await conn.execute(SQL["override_in_force"].encode(), asked)).fetchone()


async def overrides_of_days(conn: Connection, first: date, end: date, as_of_us: int | None) -> list[TupleRow]:
    """The newest exception of each day and shift from one day to before another, as known at `as_of_us` or now."""
    asked = {"from": first, "to": end, "as_of": None if as_of_us is None else from_us(as_of_us)}
    return await (await conn.execute(SQL["overrides_of_days"].encode(), asked)).fetchall()


async def all_overrides(conn: Connection, before: int | None, limit: int) -> list[TupleRow]:
    """Every exception ever put down and every end of one, the newest first, with ids below `before`."""
    return await (await conn.execute(SQL["overrides"].encode(), {"before": before, "limit": limit})).fetchall()
