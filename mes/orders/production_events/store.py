"""Production events in the database as they are read: setup and run as runs say, labour as people say."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contract.sample import from_us, to_us
from mes.orders.production_events.models import ProductionEventAnswer
from mes.orders.production_events.times import EventKind, MachineRun, Timed, events_of
from mes.web.problems import Problem
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.orders.production_events")
MOST = 5000
LABOUR = (
    *("id", "operation", "order", "step", "machine", "line", "worker", "from", "to", "corrected", "comment"),
    *("person", "client", "at"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Of what events are asked; None: of all."""

    operation: UUID | None = None
    order: str | None = None
    machine: str | None = None
    worker: str | None = None
    start: datetime | None = None
    end: datetime | None = None


async def production_events(
    conn: Connection, asked: Asked, now: datetime, kind: EventKind | None = None
) -> list[ProductionEventAnswer]:
    """What was spent on operations in a window, the earliest first; a Problem 422 for too many."""
    found: list[ProductionEventAnswer] = []
    if asked.worker is None and kind is not EventKind.LABOUR:
        found += [one for row in await _runs(conn, asked, now, MOST + 1) for one in _machine_events(row)]
    if kind in (None, EventKind.LABOUR):
        found += await labour(conn, asked, most=MOST + 1)
    here = [
        one
        for one in found
        if kind in (None, one.kind)
        and (asked.end is None or one.from_ < asked.end)
        and (asked.start is None or one.to is None or one.to > asked.start)
    ]
    if len(here) > MOST:
        raise Problem(422, f"More than {MOST} events lie in this window.", "Ask a shorter one, or of less.")
    return sorted(here, key=lambda one: one.from_)


async def times_of(conn: Connection, operation: UUID, as_of: datetime) -> list[Timed]:
    """All that was known of an operation; labour that goes on is not among it: nobody knows yet until when."""
    asked = Asked(operation=operation)
    runs = [_run(row) for row in await _runs(conn, asked, as_of)]
    told = await labour(conn, asked, as_of=as_of)
    ended = [(EventKind.LABOUR, to_us(one.from_), to_us(one.to)) for one in told if one.to is not None]
    return [*(event for run in runs for event in events_of(run)), *ended]


async def labour(
    conn: Connection,
    asked: Asked,
    *,
    id_: UUID | None = None,
    as_of: datetime | None = None,
    taken_away: bool = False,
    most: int | None = None,
) -> list[ProductionEventAnswer]:
    """Labour as it is said now, or was at an instant; what was taken away only where it is asked for."""
    row = asdict(asked) | {"as_of": as_of, "id": id_, "most": most, "taken_away": taken_away}
    rows = await (await conn.execute(SQL["labour_times"].encode(), row)).fetchall()
    told = [dict(zip(LABOUR, row, strict=True)) for row in rows]
    return [ProductionEventAnswer(kind=EventKind.LABOUR, source="entry", **one) for one in told]


async def _runs(conn: Connection, asked: Asked, as_of: datetime, most: int | None = None) -> list[tuple[Any, ...]]:
    row = asdict(asked) | {"as_of": as_of, "most": most}
    return await (await conn.execute(SQL["machine_times"].encode(), row)).fetchall()


def _run(row: Sequence[Any]) -> MachineRun:
    start, end_at, first = row[5:]
    return MachineRun(to_us(start), None if end_at is None else to_us(end_at), None if first is None else to_us(first))


def _machine_events(row: Sequence[Any]) -> list[ProductionEventAnswer]:
    own = dict(zip(("operation", "order", "step", "machine", "line"), row[:5], strict=True))
    nobody: dict[str, Any] = {"worker": None, "person": None, "client": None, "at": None}
    return [
        ProductionEventAnswer(
            id=None,
            kind=kind,
            **own,
            **nobody,
            **{"from": from_us(start), "to": None if end_us is None else from_us(end_us)},
            source="transitions",
            corrected=False,
            comment="",
        )
        for kind, start, end_us in events_of(_run(row))
    ]
