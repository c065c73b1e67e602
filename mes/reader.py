"""The facts of a window, and what is known now. A few queries for any number of machines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
from psycopg.rows import TupleRow

from config.device import Role
from config.plant import Plant
from contract.database import queries
from contract.sample import State, from_us
from mes.counters import no_steps
from mes.facts import MachineFacts, Steps

SQL = queries("mes")
Connection = psycopg.AsyncConnection[TupleRow]
COUNTER_NAMES = ("total", "good", "reject")


@dataclass(frozen=True, slots=True)
class Latest:
    """What a machine does now; NO_DATA since None when nothing was ever heard of it."""

    state: State
    state_since_us: int | None
    last_sample_us: int | None
    product: str | None


async def read_facts(
    conn: Connection, plant: Plant, machine_ids: Sequence[str], from_us_: int, to_us_: int, as_of_us: int | None = None
) -> dict[str, MachineFacts]:
    """The facts of each machine in [from_us_, to_us_) as they were known at `as_of_us`, or are known now.

    A machine of which nothing is known is NO_DATA throughout.
    """
    known = {machine.id for machine in plant.machines}
    unknown = set(machine_ids) - known
    if unknown:
        raise KeyError(f"no machine {sorted(unknown)[0]!r} in the plant file")
    window: dict[str, Any] = {"machines": list(machine_ids), "from": from_us(from_us_), "to": from_us(to_us_)}
    window["as_of"] = None if as_of_us is None else from_us(as_of_us)
    states = await _by_machine(conn, SQL["states"], window)
    products = await _by_machine(conn, SQL["products"], window)
    steps = await _by_machine(conn, SQL["steps"], window)
    return {
        name: MachineFacts(
            name,
            from_us_,
            to_us_,
            *_state_tape(states.get(name, []), from_us_),
            *_product_tape(products.get(name, []), from_us_),
            *(_steps(steps.get(name, []), counter) for counter in COUNTER_NAMES),
        )
        for name in machine_ids
    }


async def latest(conn: Connection, plant: Plant, now_us: int) -> dict[str, Latest]:
    """What each machine of the plant does at `now_us`."""
    machines = [machine.id for machine in plant.machines]
    tags = [tag.name if (tag := machine.tag_of(Role.STATE)) else "" for machine in plant.machines]
    seen: dict[str, int] = dict(await _rows(conn, SQL["last_samples"], {"machines": machines, "tags": tags}))
    rows = await _rows(conn, SQL["latest"], {"machines": machines, "now": from_us(now_us)})
    return {
        name: Latest(State.NO_DATA if state is None else State(state), since, seen.get(name), product)
        for name, state, since, product in rows
    }


def _state_tape(rows: list[Any], from_us_: int) -> tuple[Any, Any]:
    """Contiguous from the start of the window: the row that holds there, else NO_DATA."""
    at = [max(row[1], from_us_) for row in rows]
    state = [row[2] for row in rows]
    if not at or (at[0] > from_us_ and state[0] != State.NO_DATA):
        at, state = [from_us_, *at], [int(State.NO_DATA), *state]
    at[0] = from_us_
    return np.array(at, np.int64), np.array(state, np.int64)


def _product_tape(rows: list[Any], from_us_: int) -> tuple[Any, tuple[str | None, ...]]:
    at = [max(row[1], from_us_) for row in rows]
    product: list[str | None] = [row[2] for row in rows]
    if not at or at[0] > from_us_:
        at, product = [from_us_, *at], [None, *product]
    return np.array(at, np.int64), tuple(product)


def _steps(rows: list[Any], counter: str) -> Steps:
    chosen = [row for row in rows if row[1] == counter]
    if not chosen:
        return no_steps()
    at, since, parts, unseen = zip(*(row[2:] for row in chosen), strict=True)
    return Steps(
        np.array(at, np.int64), np.array(since, np.int64), np.array(parts, np.int64), np.array(unseen, np.bool_)
    )


async def _by_machine(conn: Connection, query: str, window: dict[str, Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in await _rows(conn, query, window):
        found.setdefault(row[0], []).append(row)
    return found


async def _rows(conn: Connection, query: str, parameters: dict[str, Any]) -> list[TupleRow]:
    return await (await conn.execute(query, parameters)).fetchall()
