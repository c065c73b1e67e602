"""What people and the plant file have put down → known, in the one order of the keeper, and what it changes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import psycopg
from psycopg.rows import TupleRow

from config.calendar import Calendar
from config.plant import Plant
from config.shifts import day_span, planned_spans, scheduled_spans, subtract
from contract.sample import from_us
from mes.calendar.store import calendar_now
from mes.facts.model import Span
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.keeper")
DAY_US = 86_400_000_000
QUANTITY = "quantity"


@dataclass(frozen=True, slots=True)
class Change:
    """Numbers of a machine (None: of all) may be others in a span, and why."""

    cause: str
    machine: str | None
    span: Span
    id: int | None
    by: str
    why: str


def take_in(conn: psycopg.Connection[TupleRow], plant: Plant, known_us: int, first_us: int) -> list[Change]:
    """Everything that waits is known from `known_us` on; called inside the keeper's transaction.

    Changes reach back to `first_us`, before which there are no data whose numbers could change.
    """
    known = {"known": from_us(known_us)}
    before = calendar_now(conn, plant.site)
    weeks = conn.execute(SQL["take_weeks"], known).fetchall()
    overrides = conn.execute(SQL["take_overrides"], known).fetchall()
    after = calendar_now(conn, plant.site) if weeks or overrides else before
    changes = [
        Change("edit", machine, (start, max(end, start + 1)), id_, by, why)
        for id_, machine, start, end, by, why in conn.execute(SQL["take_edits"], known)
    ]
    for id_, day, by, why in overrides:
        around = _around(after, day)
        changes += _of_calendar(different(before, after, *around), id_, by, why)
    for id_, since, by, why in weeks:
        start = max(first_us, day_span(after, since)[0] if since else first_us)
        changes += _of_calendar(different(before, after, start, max(start, known_us)), id_, by, why)
    for id_, machine, _, start, by, why in conn.execute(SQL["take_cycles"], known):
        changes.append(Change("ideal cycle", machine, (max(start, first_us), known_us), id_, by, why))
    for machine, at, by, why in conn.execute(SQL["take_quantities"], known):
        changes.append(Change(QUANTITY, machine, (at, at + 1), None, by, why or "scrap was reported"))
    changes += _of_runs(conn.execute(SQL["take_runs"], known).fetchall(), plant, known_us)
    return [change for change in changes if change.span[0] < change.span[1]]


async def wake_keeper(conn: Connection) -> None:
    """In the transaction of a change: the keeper takes it in as soon as it is committed."""
    await conn.execute(SQL["wake_keeper"].encode())


def different(one: Calendar, other: Calendar, from_us_: int, to_us_: int) -> Span | None:
    """From the first to the last instant of a window that two calendars plan otherwise, or None. Pure."""
    parts: list[Span] = []
    for spans in (planned_spans, scheduled_spans):
        a, b = spans(one, from_us_, to_us_), spans(other, from_us_, to_us_)
        parts += [*subtract(a, b), *subtract(b, a)]
    return (min(start for start, _ in parts), max(end for _, end in parts)) if parts else None


def _of_runs(rows: Sequence[TupleRow], plant: Plant, known_us: int) -> Iterator[Change]:
    """Where another order is in force than was known: at the machine that counts, and where it is a line's, on that."""
    members = {line.id: [machine.id for machine in line.machines] for line in plant.lines}
    places = {(machine, line): None for machine, line, *_ in rows}
    for machine, line in places:
        here = [row for row in rows if row[:2] == (machine, line)]
        old, new = (
            {
                (order, start, known_us if end is None else end)
                for _, _, start, end, gone, order, *_ in here
                if gone == was
            }
            for was in (True, False)
        )
        parts = [
            span
            for order in {order for order, *_ in old | new}
            for a, b in ((old, new), (new, old))
            for span in subtract(sorted(s[1:] for s in a if s[0] == order), sorted(s[1:] for s in b if s[0] == order))
        ]
        if parts:
            span = (min(start for start, _ in parts), max(end for _, end in parts))
            for name in dict.fromkeys((machine, *members.get(line, ()))):
                yield Change("transition", name, span, None, here[-1][6], here[-1][7])


def _of_calendar(span: Span | None, id_: int, by: str, why: str) -> Iterable[Change]:
    return [] if span is None else [Change("calendar", None, span, id_, by, why)]


def _around(calendar: Calendar, day: date) -> Span:
    """A production day and as much around it as a shift may reach."""
    start, end = day_span(calendar, day)
    return start - DAY_US, end + DAY_US
