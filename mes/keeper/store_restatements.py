"""Changes of what was final already → rows on record, with cause and author."""

from collections.abc import Iterable, Mapping

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
    conn: psycopg.Connection[TupleRow], changes: Iterable[Change], closed_us: int, before_us: int, known_us: int
) -> None:
    """Put those changes on record that reach into what is final; those of a machine never heard before are none."""
    final = [change for change in changes if change.span[0] < closed_us]
    if not final:
        return
    told = {"machines": [c.machine for c in final if c.machine], "known": from_us(known_us)}
    heard = {row[0] for row in conn.execute(SQL["was_known"], told)}
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
        if change.id is None and conn.execute(SQL["extend_restatement"], row).rowcount:
            continue
        conn.execute(SQL["add_restatement"], row)
