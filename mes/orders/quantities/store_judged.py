"""What people report against what was counted, as it stands now: what the keeper has not taken in yet included."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from config.plant import Plant
from contract.sample import to_us
from mes.calendar.store import read_calendar
from mes.facts.reported import NONE, in_run
from mes.orders.quantities.booked import QuantityKind, not_counted
from mes.orders.quantities.models import QuantityAnswer, ReportAnswer
from mes.orders.quantities.store import DAY_US, Booking, booked, quantities
from mes.web.snapshot import Snapshot
from runtime.lending import Connection

# A page looks at so many reports, and no further back from the newest of them.
SHOWN = 50
LONGEST_US = 7 * DAY_US


async def judged(conn: Connection, plant: Plant, row: QuantityAnswer) -> ReportAnswer:
    """A report with how much of its run and shift no counter has told."""
    at_us = to_us(row.made_at)
    found = await _booked(conn, plant, row.operation, (at_us - DAY_US, at_us + DAY_US))
    beyond = NONE if found is None else not_counted(found.rows, found.edges, in_run(found.runs, at_us))
    return ReportAnswer(**row.model_dump(), not_counted=beyond)


async def not_counted_of(conn: Connection, plant: Plant, operation: UUID) -> Decimal:
    """The same of all that was reported of an operation in the last days of its reports."""
    told = [one for one in await quantities(conn, operation=operation, most=SHOWN) if one.kind is not QuantityKind.GOOD]
    if not told:
        return NONE
    last_us = max(to_us(one.made_at) for one in told)
    first_us = max(min(to_us(one.made_at) for one in told), last_us - LONGEST_US)
    found = await _booked(conn, plant, operation, (first_us - DAY_US, last_us + DAY_US))
    return NONE if found is None else not_counted(found.rows, found.edges)


async def _booked(conn: Connection, plant: Plant, operation: UUID, window: tuple[int, int]) -> Booking | None:
    now_us = to_us(datetime.now(UTC))
    known = Snapshot(now_us, False, now_us, b"")
    calendar = await read_calendar(conn, plant.site)
    found = await booked(conn, plant, calendar, window, known, operation=operation, pending=True)
    return found[0] if found else None
