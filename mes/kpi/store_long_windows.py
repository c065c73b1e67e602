"""Elements of long windows: whole days and hours summed in the database, the rest from facts."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import psycopg
from psycopg.rows import TupleRow

from config.calendar import Calendar
from config.device import Machine
from config.plant import Plant
from contract.sample import from_us
from mes.calendar.ideal_cycles import IdealCycles
from mes.facts.model import Span
from mes.facts.store import read_facts
from mes.facts.windowing import merged
from mes.kpi.elements import NAMES, Elements
from mes.kpi.evaluation import terms_of
from mes.kpi.long_windows import DAY_US, HOUR_US, bases_of, cut_window, settled_until, spans_of, steps_in
from mes.kpi.policy import Policy
from mes.kpi.rollup import together
from mes.kpi.times import elements_of_all
from runtime.database import queries

SQL = queries("mes.kpi")
Connection = psycopg.AsyncConnection[TupleRow]


# One statement for each table: what is kept of machines in spans, as one sum. Each span of each machine is looked up by
# itself (OFFSET 0): a plan by guess reads the whole table, and that grows.
SUM_OF = {
    table: f"""
SELECT count(*), {", ".join(f"sum(k.elements[{number}])" for number in range(1, len(NAMES) + 1))}
  FROM unnest(%(machines)s::text[], %(bases)s::text[]) AS w(machine, basis),
       unnest(%(from)s::timestamptz[], %(to)s::timestamptz[]) AS s(from_at, to_at),
       LATERAL (SELECT elements FROM {table} AS own
                 WHERE own.machine = w.machine AND own.basis = w.basis
                   AND own.{column} >= s.from_at AND own.{column} < s.to_at OFFSET 0) AS k"""  # noqa: S608  - names of ours
    for table, column in (("machine_day", "day"), ("machine_hour", "hour"))
}

LENGTHS = {"machine_day": DAY_US, "machine_hour": HOUR_US}


@dataclass(frozen=True, slots=True)
class Ground:
    """What a sum of machines stands on; all of one snapshot."""

    plant: Plant
    calendar: Calendar
    ideal: IdealCycles
    policy: Policy
    known_us: int
    told_us: int


async def window_elements(
    conn: Connection, ground: Ground, machines: Sequence[Machine], from_us_: int, to_us_: int
) -> Elements:
    """The sum of some machines' Elements in a window, bit for bit that of computing it from facts.

    Whatever is not kept is computed, so it is only a matter of time, never of truth, how much is.
    """
    settled = settled_until(ground.plant, ground.policy, ground.known_us)
    cut = cut_window(from_us_, to_us_, settled)
    bases = bases_of(ground.plant, machines, ground.policy, ground.ideal)
    total = Elements()
    hours: dict[str, Sequence[Span]] = dict.fromkeys(bases, cut.hours)
    if cut.days:
        kept, missing = await _summed(conn, "machine_day", bases, dict.fromkeys(bases, cut.days))
        total += kept
        hours = {name: [*spans, *missing.get(name, ())] for name, spans in hours.items()}
    rest: dict[str, Sequence[Span]] = dict.fromkeys(bases, cut.rest)
    if any(hours.values()):
        kept, missing = await _summed(conn, "machine_hour", bases, hours)
        total += kept
        rest = {name: [*spans, *missing.get(name, ())] for name, spans in rest.items()}
    pieces = {name: pieces_of(spans, settled) for name, spans in rest.items()}
    return total + await _computed(conn, ground, {m.id: m for m in machines}, pieces)


def pieces_of(spans: Iterable[Span], settled_us: int) -> list[Span]:
    """Spans that touch as one each, because a stop that is still open must not be cut; what has settled day by day.

    So a long window of which nothing is kept yet, as after an update, needs no more memory than a day.
    """
    found: list[Span] = []
    for start, end in merged(spans):
        cuts = range(start // DAY_US * DAY_US + DAY_US, min(end, settled_us + 1), DAY_US)
        found += pairwise([start, *cuts, end])
    return found


async def _summed(
    conn: Connection, table: str, bases: Mapping[str, str], wanted: Mapping[str, Sequence[Span]]
) -> tuple[Elements, dict[str, Sequence[Span]]]:
    """The sum of what is kept of the wanted spans, and for each machine what is not."""
    total, length_us = Elements(), LENGTHS[table]
    missing: dict[str, Sequence[Span]] = {}
    groups: dict[tuple[Span, ...], list[str]] = {}
    for name, spans in wanted.items():
        groups.setdefault(tuple(sorted(spans)), []).append(name)
    for spans, names in groups.items():
        if not spans:
            continue
        asked = {
            "machines": names,
            "bases": [bases[name] for name in names],
            "from": [from_us(a) for a, _ in spans],
            "to": [from_us(b) for _, b in spans],
        }
        row = await (await conn.execute(SUM_OF[table].encode(), asked)).fetchone()
        assert row is not None  # noqa: S101  - an aggregate has a row
        total += Elements(*(int(value or 0) for value in row[1:]))
        begins = steps_in(spans, length_us)
        if row[0] < len(begins) * len(names):
            kept: dict[str, set[int]] = {name: set() for name in names}
            which = SQL["kept_days" if table == "machine_day" else "kept_hours"]
            for name, begin in await (await conn.execute(which, asked)).fetchall():
                kept[name].add(begin)
            lacking = {name: [at for at in begins if at not in kept[name]] for name in names}
            missing |= {name: spans_of(left, length_us) for name, left in lacking.items() if left}
    return total, missing


async def _computed(
    conn: Connection,
    ground: Ground,
    machines: Mapping[str, Machine],
    wanted: Mapping[str, Sequence[Span]],
) -> Elements:
    """The sum over some spans of each machine."""
    groups: dict[Span, list[str]] = {}
    for name, spans in wanted.items():
        for span in spans:
            groups.setdefault(span, []).append(name)
    parts: list[Elements] = []
    for (start, end), names in sorted(groups.items()):
        facts = await read_facts(conn, ground.plant, names, start, end, told_us=ground.told_us)
        terms = terms_of(ground.plant, ground.calendar, ground.ideal, start, end, ground.policy)
        side_by_side = [machines[name] for name in names], [facts[name] for name in names]
        parts.append(await asyncio.to_thread(elements_of_all, *side_by_side, terms))
    return together(parts)
