"""Database → all that a view of trends shows, by the functions that answer the API."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from config.calendar import Calendar
from config.plant import Plant
from config.shifts import planned_spans, shift_at
from contract.sample import from_us
from mes.calendar.store import read_calendar
from mes.facts.model import MachineFacts, Span
from mes.facts.store import read_facts
from mes.screens.trends.asked import View
from mes.screens.trends.curve import AlarmSpan
from mes.values.models import TagValues
from mes.values.store import reading
from mes.values.store_told import told_of
from mes.web.windows import DAY_US, HOUR_US, given_window
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.screens.trends")
MOST_ALARMS = 50
LENGTHS = {"hour": HOUR_US, "day": DAY_US, "week": 7 * DAY_US, "month": 31 * DAY_US}
NO_SHIFT_US = 8 * HOUR_US


@dataclass(frozen=True, slots=True)
class Seen:
    """A view as it was at `as_of`."""

    window: Span
    as_of: datetime
    told: list[TagValues]
    facts: dict[str, MachineFacts]
    planned: list[Span]
    alarms: list[AlarmSpan]


async def window_of(conn: Connection, plant: Plant, view: View, now_us: int) -> Span:
    """The two ends: of a shift that runs from its begin to its end, of other names up to now."""
    if view.span is not None:
        return given_window(from_us(view.span[0]), from_us(view.span[1]), now_us)
    if view.window in LENGTHS:
        return now_us - LENGTHS[view.window], now_us
    shift = shift_at(await read_calendar(conn, plant.site), now_us)
    return (now_us - NO_SHIFT_US, now_us) if shift is None else (shift.starts_us, now_us)


async def see(conn: Connection, plant: Plant, view: View, now_us: int, points: int) -> Seen:
    """Values, states and alarms of the view."""
    window = await window_of(conn, plant, view, now_us)
    ends, told, as_of = (from_us(window[0]), from_us(window[1])), {}, from_us(now_us)
    for machine in view.machines:
        tags = [one.tag for one in view.tags if one.machine == machine]
        async with reading(conn, machine.id, tags, ends, None) as found:
            for tag, series in zip(tags, found.series, strict=True):
                told[machine.id, tag.name] = await told_of(plant, machine, tag, found, series, window, points)
            as_of = found.at
    ids = [machine.id for machine in view.machines]
    async with conn.transaction():
        facts = await read_facts(conn, plant, ids, *window, parts=False) if ids else {}
        calendar: Calendar = await read_calendar(conn, plant.site)
        alarms = await _alarms(conn, ids, window)
    return Seen(
        window,
        as_of,
        [told[one.machine.id, one.tag.name] for one in view.tags],
        facts,
        planned_spans(calendar, *window),
        alarms,
    )


async def _alarms(conn: Connection, machines: Sequence[str], window: Span) -> list[AlarmSpan]:
    asked = {"machines": list(machines), "from": from_us(window[0]), "to": from_us(window[1]), "most": MOST_ALARMS}
    rows = await (await conn.execute(SQL["alarms_in"].encode(), asked)).fetchall()
    return [AlarmSpan(*row) for row in rows]
