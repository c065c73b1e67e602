"""Ideal cycles in the database: read as known at an instant, and kept in step with the plant file."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import TupleRow

from config.calendar import calendar_of
from config.plant import Plant
from config.shifts import day_at, day_span
from contract.sample import from_us, to_us
from mes.calendar.ideal_cycles import ALWAYS, IdealCycles, ideal_from, ideal_of, plant_cycles
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.calendar")
CYCLE_KNOWN = SQL["cycle_known"]
Key = tuple[str, str | None]
Entry = tuple[int, int | None]


async def read_ideal(conn: Connection, plant: Plant, as_of_us: int | None = None) -> IdealCycles:
    """The ideal cycles as they were known at `as_of_us`, or are known now."""
    asked = {"as_of": None if as_of_us is None else from_us(as_of_us)}
    rows = await (await conn.execute(SQL["ideal_cycles"], asked)).fetchall()
    return ideal_from(plant, [(row[0], row[1], row[2], row[3]) for row in rows])


def ideal_now(conn: psycopg.Connection[TupleRow], plant: Plant) -> IdealCycles:
    """As read_ideal, for the keeper."""
    rows = conn.execute(SQL["ideal_cycles"], {"as_of": None}).fetchall()
    return ideal_from(plant, [(row[0], row[1], row[2], row[3]) for row in rows])


def follow_cycles(conn: psycopg.Connection[TupleRow], plant: Plant, now: datetime) -> None:
    """Put down what the plant file says anew of ideal cycles."""
    said: dict[Key, list[Entry]] = {}
    for machine, product, from_us_, cycle in conn.execute(SQL["cycles_of_plant_file"]):
        said.setdefault((machine, product), []).append((from_us_, cycle))
    calendar = calendar_of(plant.site)
    today_us = day_span(calendar, day_at(calendar, to_us(now)))[0]
    wished = plant_cycles(plant)
    machines = {machine.id for machine in plant.machines}
    for machine, product in said:
        if machine in machines and (machine, product) not in wished:
            # The product has no cycle of its own any more: from today on it is made as fast as any.
            own = ideal_of(plant).at(machine, None, today_us)
            wished[machine, product] = [(ALWAYS, own)]
    for (machine, product), wish in wished.items():
        for from_us_, cycle in news_of(wish, said.get((machine, product), []), today_us):
            row = {"machine": machine, "product": product, "from": from_us(from_us_), "cycle_us": cycle}
            conn.execute(SQL["add_cycle"], row | {"source": "plant file", "by": "plant file", "why": "plant file"})


async def add_cycle(conn: Connection, row: Mapping[str, Any]) -> None:
    """Put down an ideal cycle. The keeper is to be woken in the same transaction."""
    await conn.execute(SQL["add_cycle"].encode(), row)


async def cycles_of(conn: Connection, machine: str, as_of_us: int | None = None) -> list[TupleRow]:
    """What was put down of a machine's ideal cycles, as it was known at `as_of_us` or is known now."""
    asked = {"machine": machine, "as_of": None if as_of_us is None else from_us(as_of_us)}
    return await (await conn.execute(SQL["cycle_list"].encode(), asked)).fetchall()


def news_of(wish: list[tuple[int, int]], said: list[Entry], today_us: int) -> list[Entry]:
    """What is to be put down so that the plant file's wish holds; nothing when it says what it said before. Pure.

    A single cycle that has changed holds from today on. A list is the truth of all its days: those that it said before
    and says no more are taken away, but what held always stays.
    """
    standing = dict(said)
    if not said:
        return list(wish)
    if len(wish) == 1 and wish[0][0] == ALWAYS:
        last = next(cycle for _, cycle in reversed(said) if cycle is not None)
        return [] if wish[0][1] == last else [(today_us, wish[0][1])]
    changed: list[Entry] = [(at, cycle) for at, cycle in wish if standing.get(at) != cycle]
    days = {at for at, _ in wish} | {ALWAYS}
    return changed + [(at, None) for at, cycle in standing.items() if at not in days and cycle is not None]
