"""Elements of long windows: whole days and hours and the minutes at both ends are sums, the rest comes from facts."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from itertools import pairwise
from operator import sub

from config.calendar import Calendar
from config.device import Machine
from config.plant import Plant
from contract.sample import from_us
from mes.calendar.ideal_cycles import IdealCycles
from mes.facts.model import HIGHEST, Span
from mes.facts.store import read_facts
from mes.facts.windowing import merged
from mes.kpi.elements import NAMES, Elements
from mes.kpi.evaluation import evaluation_of
from mes.kpi.long_windows import (
    DAY_US,
    HOUR_US,
    Cut,
    Minutes,
    cut_window,
    minutes_in,
    settled_until,
    spans_of,
    steps_in,
    whole_parts,
)
from mes.kpi.minutes import after, before, between, unobserved, unpacked
from mes.kpi.policy import Policy
from mes.kpi.quantities import Ints
from mes.kpi.rollup import measured_machines, together
from mes.kpi.sums import hashes_of
from mes.kpi.times import elements_of_all
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.kpi")


# One statement for each table: what is kept of equipment in spans, as one sum. Each span is looked up by itself
# (OFFSET 0): a plan by guess reads the whole table, and that grows.
SUM_OF = {
    table: f"""
SELECT count(*), {", ".join(f"sum(k.elements[{number}])" for number in range(1, len(NAMES) + 1))}
  FROM unnest(%(equipment)s::text[], %(hashes)s::text[]) AS w(equipment, inputs_hash),
       unnest(%(from)s::timestamptz[], %(to)s::timestamptz[]) AS s(from_at, to_at),
       LATERAL (SELECT elements FROM {table} AS own
                 WHERE own.equipment = w.equipment AND own.inputs_hash = w.inputs_hash
                   AND own.{column} >= s.from_at AND own.{column} < s.to_at OFFSET 0) AS k"""  # noqa: S608  - names of ours
    for table, column in (("equipment_day", "day"), ("equipment_hour", "hour"))
}

LENGTHS = {"equipment_day": DAY_US, "equipment_hour": HOUR_US}
Spans = dict[str, list[Span]]
# So many days without any fact are computed at once.
EMPTY_DAYS = 31


@dataclass(frozen=True, slots=True)
class Ground:
    """What a sum of machines stands on; all of one snapshot."""

    plant: Plant
    calendar: Calendar
    ideal: IdealCycles
    policy: Policy
    known_us: int
    told_us: int


async def window_elements(conn: Connection, ground: Ground, equipment: str, from_us_: int, to_us_: int) -> Elements:
    """The sum of Elements of a machine, line or site in a window, bit for bit that of computing it from facts.

    Whatever is not kept is computed, so it is only a matter of time, never of truth, how much is.
    """
    settled = settled_until(ground.plant, ground.policy, ground.known_us)
    window = cut_window(from_us_, to_us_, settled)
    sums = _Sums(conn, hashes_of(ground.plant, ground.policy, ground.ideal))
    machines = {machine.id: machine for machine in measured_machines(ground.plant, equipment)}
    total, lacking = await sums.of_hours([equipment], window)
    if equipment not in machines and lacking:
        own, lacking = await sums.of_hours(list(machines), whole_parts(lacking[equipment]))
        total += own
    rest: Spans = {name: list(lacking.get(name, ())) for name in machines}
    outdated = await sums.outdated(machines, from_us_, to_us_)
    for (name, hour), elements in outdated.items():
        if _in(hour, window):
            total -= elements
            rest[name].append((hour, hour + HOUR_US))
    total += await sums.of_minutes(equipment, window.rest, outdated, rest)
    first = await sums.first_fact(machines, rest)
    pieces = {name: pieces_of(spans, settled, first) for name, spans in rest.items()}
    return total + await _computed(conn, ground, machines, pieces)


def _in(hour: int, window: Cut) -> bool:
    return any(start <= hour < end for start, end in (*window.days, *window.hours))


def pieces_of(spans: Iterable[Span], settled_us: int, first_us: int = 0) -> list[Span]:
    """Spans that touch as one each, because a stop that is still open must not be cut; what has settled day by day.

    So a long window of which nothing is kept yet, as after an update, needs no more memory than a day.
    What lies before the first fact costs hardly any: there 31 days are one piece.
    """
    found: list[Span] = []
    for start, end in merged(spans):
        days = range(start // DAY_US * DAY_US + DAY_US, min(end, settled_us + 1), DAY_US)
        cuts = [day for day in days if day + DAY_US > first_us or day // DAY_US % EMPTY_DAYS == 0]
        found += pairwise([start, *cuts, end])
    return found


@dataclass(frozen=True, slots=True)
class _Sums:
    """What is kept of equipment that is made by these hashes."""

    conn: Connection
    hashes: Mapping[str, str]

    def _asked(self, equipment: Iterable[str]) -> dict[str, list[str]]:
        names = list(equipment)
        return {"equipment": names, "hashes": [self.hashes[name] for name in names]}

    async def of_hours(self, equipment: Sequence[str], window: Cut) -> tuple[Elements, dict[str, Sequence[Span]]]:
        """The sum of whole days and hours, and of each the hours that are not kept."""
        total, missing = await self._of("equipment_day", dict.fromkeys(equipment, window.days))
        hours = {name: [*window.hours, *missing.get(name, ())] for name in equipment}
        more, missing = await self._of("equipment_hour", hours)
        return total + more, missing

    async def _of(self, table: str, wanted: Mapping[str, Sequence[Span]]) -> tuple[Elements, dict[str, Sequence[Span]]]:
        """The sum of what is kept of the wanted spans, and for each what is not."""
        total, length_us = Elements(), LENGTHS[table]
        missing: dict[str, Sequence[Span]] = {}
        groups: dict[tuple[Span, ...], list[str]] = {}
        for name, spans in wanted.items():
            groups.setdefault(tuple(sorted(spans)), []).append(name)
        for spans, names in groups.items():
            if not spans:
                continue
            edges = {"from": [from_us(a) for a, _ in spans], "to": [from_us(b) for _, b in spans]}
            asked = self._asked(names) | edges
            row = await (await self.conn.execute(SUM_OF[table].encode(), asked)).fetchone()
            assert row is not None  # noqa: S101  - an aggregate has a row
            total += Elements(*(int(value or 0) for value in row[1:]))
            begins = steps_in(spans, length_us)
            if row[0] < len(begins) * len(names):
                kept: dict[str, set[int]] = {name: set() for name in names}
                which = SQL["summed_days" if table == "equipment_day" else "summed_hours"]
                for name, begin in await (await self.conn.execute(which, asked)).fetchall():
                    kept[name].add(begin)
                lacking = {name: [at for at in begins if at not in kept[name]] for name in names}
                missing |= {name: spans_of(left, length_us) for name, left in lacking.items() if left}
        return total, missing

    async def outdated(self, machines: Iterable[str], from_us_: int, to_us_: int) -> dict[tuple[str, int], Elements]:
        """Hours of machines that touch a window and whose facts have changed since, with what stands there."""
        asked = self._asked(machines) | {"from": from_us(from_us_ // HOUR_US * HOUR_US), "to": from_us(to_us_)}
        rows = await (await self.conn.execute(SQL["outdated_hours"], asked)).fetchall()
        return {(name, hour): Elements(*elements) for name, hour, elements in rows}

    async def first_fact(self, machines: Iterable[str], rest: Spans) -> int:
        """The first instant of which anything is known of machines; 0 where too little is computed for it to matter."""
        if all(sum(end - start for start, end in spans) <= EMPTY_DAYS * DAY_US for spans in rest.values()):
            return 0
        row = await (await self.conn.execute(SQL["first_fact"], {"machines": list(machines)})).fetchone()
        return HIGHEST if row is None or row[0] is None else int(row[0])

    async def of_minutes(
        self, equipment: str, spans: Iterable[Span], outdated: Iterable[tuple[str, int]], rest: Spans
    ) -> Elements:
        """The sum of the minutes of spans; whatever needs facts is added to the `rest` of each machine."""
        total = Elements()
        for span in spans:
            inner = minutes_in(span)
            changed = {name for name, hour in outdated if inner and hour == inner.hour}
            kept = await self._minutes(inner, {equipment, *changed}, rest) if inner else {}
            if inner is None or not kept.keys() >= {equipment, *changed}:
                for name in rest:
                    rest[name].append(span)
                continue
            apart = () if inner.is_edge else kept.keys() & rest.keys()
            computed = changed | {name for name in apart if unobserved(kept[name])}
            of = partial(_of, inner)
            total = reduce(sub, (of(kept[name]) for name in computed), total + of(kept[equipment]))
            for name in rest:
                rest[name] += [span] if name in computed else inner.loose
        return total

    async def _minutes(self, inner: Minutes, names: set[str], machines: Iterable[str]) -> dict[str, Ints]:
        """The minutes of an hour that are kept of some equipment, and where they do not add up, of all machines in
        whose hour something was not observed.
        """
        asked = {"names": sorted(names), "hour": from_us(inner.hour), "all": not inner.is_edge}
        asked |= self._asked({*names, *machines})
        rows = await (await self.conn.execute(SQL["minutes"], asked)).fetchall()
        return {name: unpacked(data) for name, data in rows}


def _of(inner: Minutes, minutes: Ints) -> Elements:
    if not inner.is_edge:
        return between(minutes, inner.first, inner.last)
    return before(minutes, inner.last) if inner.first == 0 else after(minutes, inner.first)


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
        evaluation = evaluation_of(ground.plant, ground.calendar, ground.ideal, start, end, ground.policy)
        side_by_side = [machines[name] for name in names], [facts[name] for name in names]
        parts.append(await asyncio.to_thread(elements_of_all, *side_by_side, evaluation))
    return together(parts)
