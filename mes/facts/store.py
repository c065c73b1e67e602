"""The facts of a window, and what is known now. A few queries for any number of machines."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from psycopg.rows import TupleRow

from config.device import Machine, Role
from config.plant import Plant
from contract.sample import State, from_us
from mes.facts.edits import reason_tape
from mes.facts.model import HIGHEST, LOWEST, TOLD_AHEAD_US, MachineFacts, Span, Steps, no_steps
from mes.facts.order_tape import order_tape
from mes.facts.source_tags import REPORTED, ROLE_OF, STEPS, part_counters
from mes.facts.store_edits import Tape, raw_tapes, state_tapes
from mes.facts.windowing import merged
from runtime.arrays import use_arrays
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.facts")
NOTHING: tuple[Any, ...] = (*(np.zeros(0, np.int64) for _ in range(6)), np.zeros(0, np.bool_))


@dataclass(frozen=True, slots=True)
class Latest:
    """What a machine does now; NO_DATA since None when nothing was ever heard of it."""

    state: State
    state_since_us: int | None
    last_sample_us: int | None
    product: str | None


@dataclass(frozen=True, slots=True)
class _Counted:
    """The steps of each counter of a machine in a window, and the spans that it leaves open and that touch it."""

    steps: dict[str, Steps]
    outages: dict[str, list[Span]]


async def read_facts(
    conn: Connection,
    plant: Plant,
    machine_ids: Sequence[str],
    from_us_: int,
    to_us_: int,
    as_of_us: int | None = None,
    *,
    told_us: int | None = None,
    raw: bool = False,
    parts: bool = True,
) -> dict[str, MachineFacts]:
    """The facts of each machine in [from_us_, to_us_) as they were known at `as_of_us`, or are known now.

    A machine of which nothing is known is NO_DATA throughout. What people have corrected is in them, unless they are
    to be `raw`. Where a state will end that lies later than `told_us` is only expected, and so not known.
    Without `parts` the counters are left out: a month of them can be millions of steps.
    """
    machines = {machine.id: machine for machine in plant.machines}
    unknown = set(machine_ids) - machines.keys()
    if unknown:
        raise KeyError(f"no machine {sorted(unknown)[0]!r} in the plant file")
    lines = {machine.id: line.id for line in plant.lines for machine in line.machines}
    window: dict[str, Any] = {
        "machines": list(machine_ids),
        "lines": [lines[name] for name in machine_ids],
        "tagged": [machines[name].tag_of(Role.ORDER) is not None for name in machine_ids],
        "counters": list(STEPS),
        "from": from_us(from_us_),
        "to": from_us(to_us_),
        "as_of": None if as_of_us is None else from_us(as_of_us),
    }
    if as_of_us is not None and told_us is None:
        told_us = as_of_us + TOLD_AHEAD_US
    tapes = await (raw_tapes if raw else state_tapes)(conn, window, (from_us_, to_us_), told_us)
    products = await _by_machine(conn, SQL["products"], window)
    steps = {name: _Counted({counter: no_steps() for counter in STEPS}, {}) for name in machine_ids}
    if parts:
        steps = await _steps(conn, window, to_us_, [machines[name] for name in machine_ids])
    orders = await _by_machine(conn, SQL["orders_in_force"], window)
    return {
        name: _facts(
            name,
            (from_us_, to_us_),
            tapes[name],
            products.get(name, []),
            steps[name],
            orders.get(name, []),
        )
        for name in machine_ids
    }


def _facts(
    name: str, window: Span, tape: Tape, products: list[Any], counted: _Counted, orders: list[Any]
) -> MachineFacts:
    from_us_, to_us_ = window
    state_at, state, before, after = _state_tape(tape.rows, from_us_, to_us_)
    reasons = reason_tape(tape.overlay, from_us_, to_us_)
    product_at, product = _product_tape(products, from_us_)
    order_at, order = order_tape([(row[1], row[2], row[3]) for row in orders], from_us_, to_us_)
    return MachineFacts(
        machine=name,
        from_us=from_us_,
        to_us=to_us_,
        state_at=state_at,
        state=state,
        product_at=product_at,
        product=product,
        reason_at=np.array([at for at, _ in reasons], np.int64),
        reason=tuple(reason for _, reason in reasons),
        order_at=order_at,
        order=order,
        **counted.steps,
        first_since_us=before[0],
        state_before=before[1],
        last_until_us=after[0] if after else to_us_,
        state_after=after[1] if after else None,
        outages={counter: merged(spans) for counter, spans in counted.outages.items()},
    )


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


def _state_tape(
    rows: Sequence[tuple[int, int]], from_us_: int, to_us_: int
) -> tuple[Any, Any, tuple[int, int], tuple[int, int] | None]:
    """The tape in the window; when its first state began, what was before; when its last one ends, what follows."""
    first = max(i for i, (at, _) in enumerate(rows) if at <= from_us_)
    inside = [row for row in rows[first:] if row[0] < to_us_ or row[0] <= from_us_]
    after = rows[first + len(inside)] if first + len(inside) < len(rows) else None
    at = np.array([max(at, from_us_) for at, _ in inside], np.int64)
    before = (rows[first][0], rows[first - 1][1] if first else int(State.NO_DATA))
    return at, np.array([state for _, state in inside], np.int64), before, after


def _product_tape(rows: list[Any], from_us_: int) -> tuple[Any, tuple[str | None, ...]]:
    at = [max(row[1], from_us_) for row in rows]
    product: list[str | None] = [row[2] for row in rows]
    if not at or at[0] > from_us_:
        at, product = [from_us_, *at], [None, *product]
    return np.array(at, np.int64), tuple(product)


async def _steps(
    conn: Connection, window: dict[str, Any], to_us_: int, machines: Sequence[Machine]
) -> dict[str, _Counted]:
    """What the counters of each machine tell of a window."""
    counts = np.array([[name in part_counters(machine) for name in STEPS] for machine in machines], np.bool_)
    async with conn.cursor(binary=True) as cursor:
        use_arrays(cursor)
        (columns,) = await (await cursor.execute(SQL["steps"], window)).fetchall()
    names = window["machines"]
    machine, counter, at, since, parts, most, bridged = columns if columns[0] is not None else NOTHING
    all_ = Steps(at, since, parts, most, bridged)
    untold = np.where(counts[machine - 1, counter - 1], all_.untold(True), all_.untold(False))
    untold &= counter - 1 != STEPS.index(REPORTED)
    silent = zip(*(column[untold].tolist() for column in (machine, counter, since, at)), strict=True)
    counters, spans = STEPS, {name: dict[str, list[Span]]() for name in names}
    for number, which, begin, end in silent:
        spans[names[number - 1]].setdefault(counters[which - 1], []).append((begin, end))
    told = set(zip(machine.tolist(), counter.tolist(), strict=True))
    for name, which in await _never_read(conn, window, machines, told):
        spans[name][which] = [(LOWEST, HIGHEST)]
    series = (machine - 1) * len(STEPS) + counter - 1
    order = np.lexsort((at, series))
    order = order[at[order] < to_us_]
    rows = [column[order] for column in (at, since, parts, most, bridged)]
    edges = np.searchsorted(series[order], np.arange(len(names) * len(STEPS) + 1)).tolist()
    each = iter([Steps(*(column[a:b] for column in rows)) for a, b in pairwise(edges)])
    return {name: _Counted({counter: next(each) for counter in STEPS}, spans[name]) for name in names}


async def _never_read(
    conn: Connection, window: dict[str, Any], machines: Sequence[Machine], told: set[tuple[int, int]]
) -> list[TupleRow]:
    """Of the counters that machines have and that tell nothing of a window, those that were never read before."""
    asked = [
        (machine.id, name)
        for number, machine in enumerate(machines, start=1)
        for which, (name, role) in enumerate(ROLE_OF.items(), start=1)
        if (number, which) not in told and machine.tag_of(role)
    ]
    if not asked:
        return []
    names = {"machines": [name for name, _ in asked], "counters": [which for _, which in asked]}
    return await _rows(conn, SQL["never_read"], window | names)


async def _by_machine(conn: Connection, query: str, window: dict[str, Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in await _rows(conn, query, window):
        found.setdefault(row[0], []).append(row)
    return found


async def _rows(conn: Connection, query: str, parameters: dict[str, Any]) -> list[TupleRow]:
    return await (await conn.execute(query, parameters)).fetchall()
