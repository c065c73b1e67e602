"""What people report against what was counted, as it stands now: what the keeper has not taken in yet included."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from config.calendar import Calendar
from config.plant import Plant
from config.shifts import day_at, day_span
from contract.sample import to_us
from mes.calendar.store import read_calendar
from mes.facts.model import Span
from mes.facts.reported import NONE, in_run
from mes.orders.quantities.booked import QuantityKind, not_counted
from mes.orders.quantities.models import QuantityAnswer, ReportAnswer
from mes.orders.quantities.store import Booking, booked, quantities
from mes.web.snapshot import Snapshot
from runtime.lending import Connection

# A page looks at so many reports, and no further back from the newest of them.
SHOWN = 50
LONGEST_US = 7 * 86_400_000_000


async def judged(conn: Connection, plant: Plant, row: QuantityAnswer) -> ReportAnswer:
    """A report with how much of its run and shift no counter has told."""
    at_us = to_us(row.made_at)
    found = await _booked(conn, plant, row.operation, [at_us])
    beyond = NONE if found is None else not_counted(found.rows, found.edges, in_run(found.runs, at_us))
    return ReportAnswer(**row.model_dump(), not_counted=beyond)


async def not_counted_of(conn: Connection, plant: Plant, operation: UUID) -> Decimal:
    """The same of all that was reported of an operation in the last days of its reports."""
    told = [one for one in await quantities(conn, operation=operation, most=SHOWN) if one.kind is not QuantityKind.GOOD]
    instants = sorted(to_us(one.made_at) for one in told)
    if not instants:
        return NONE
    found = await _booked(conn, plant, operation, [at for at in instants if at >= instants[-1] - LONGEST_US])
    return NONE if found is None else not_counted(found.rows, found.edges)


async def _booked(conn: Connection, plant: Plant, operation: UUID, instants: Sequence[int]) -> Booking | None:
    """What is booked of the days of some instants, and of those of the runs that these mean."""
    now_us = to_us(datetime.now(UTC))
    known = Snapshot(now_us, False, now_us, b"")
    calendar = await read_calendar(conn, plant.site)
    days = _days(calendar, instants)
    for _ in range(2):
        found = await booked(conn, plant, calendar, days, known, operation=operation, pending=True)
        meant = _days(calendar, [*instants, *(in_run(found[0].runs, at) for at in instants)]) if found else days
        if meant == days:
            break
        days = meant
    return found[0] if found else None


def _days(calendar: Calendar, instants: Sequence[int]) -> Span:
    """The whole days of some instants: what a report means lies in the day of its run."""
    return day_span(calendar, day_at(calendar, min(instants)))[0], day_span(calendar, day_at(calendar, max(instants)))[
        1
    ]
