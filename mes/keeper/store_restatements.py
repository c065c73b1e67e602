"""Changes of what was final already → rows on record, with cause and author."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg.rows import TupleRow

from config.calendar import Calendar
from config.shifts import day_at, day_span
from contract.sample import MICROSECOND, from_us
from mes.facts.model import Span
from mes.keeper.store_changes import Change
from runtime.database import queries

SQL = queries("mes.keeper")
LATE = "late data"
# Writes an event of a type, a subject and data in the transaction of a connection.
Tell = Callable[[psycopg.Connection[TupleRow], str, str, Mapping[str, Any]], None]


def nobody(_conn: psycopg.Connection[TupleRow], _kind: str, _subject: str, _data: Mapping[str, Any]) -> None:
    """Of facts that are made anew for themselves nobody is told."""


def closed_until(calendar: Calendar, known_us: int) -> int:
    """The end of the last production day that is closed: everything before it is final. Pure."""
    return day_span(calendar, day_at(calendar, known_us - calendar.closes_after // MICROSECOND))[0]


def late_changes(spans: Mapping[str, Span], cause: str) -> list[Change]:
    """Facts of machines that were written anew, as changes. Pure."""
    by = {LATE: ("edge", "samples came late")}.get(
        cause, ("plant file", "what the plant file says of tags has changed")
    )
    return [Change(cause, machine, span, None, *by) for machine, span in spans.items()]


def restate(
    conn: psycopg.Connection[TupleRow],
    changes: Iterable[Change],
    closed_us: int,
    before_us: int,
    known_us: int,
    site: str,
    tell: Tell,
) -> None:
    """Put those changes on record that reach into what is final; those of a machine never heard before are none.

    Each is told in the same transaction, also one that reaches further than it did: then it keeps its id.
    """
    final = [change for change in changes if change.span[0] < closed_us]
    if not final:
        return
    told = {"machines": [c.machine for c in final if c.machine], "known": from_us(known_us)}
    heard = {row[0] for row in conn.execute(SQL["was_known"], told)}
    events = []
    for change in final:
        if change.machine is not None and change.machine not in heard:
            continue
        row = {
            "machine": change.machine,
            "from": from_us(change.span[0]),
            "to": from_us(min(change.span[1], closed_us)),
            "cause": change.cause,
            "cause_id": change.id,
            "by": change.by,
            "why": change.why,
            "before": from_us(before_us),
            "known": from_us(known_us),
        }
        found = conn.execute(SQL["extend_restatement"], row).fetchone() if change.id is None else None
        found = found or conn.execute(SQL["add_restatement"], row).fetchone()
        assert found is not None  # noqa: S101  - RETURNING
        events.append((f"machine/{change.machine}" if change.machine else f"site/{site}", _event(row, found)))
    # Subjects are held until the transaction ends, and everybody takes them in one order.
    for subject, data in sorted(events, key=lambda event: event[0]):
        tell(conn, "quantity.restated", subject, data)


def _event(row: Mapping[str, Any], found: TupleRow) -> dict[str, Any]:
    id_, begin, end, before = found
    return {
        "restatement": id_,
        "machine": row["machine"],
        "from": _told(begin),
        "to": _told(end),
        "cause": row["cause"],
        "cause_id": row["cause_id"],
        "by": row["by"],
        "why": row["why"],
        "as_of_before": _told(before),
        "as_of_after": _told(row["known"]),
    }


def _told(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
