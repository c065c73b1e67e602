"""A page of a machine's state tape: as few rows are read as the page needs."""

from datetime import datetime

from config.plant import Plant
from contract.database import queries
from contract.sample import State, from_us, to_us
from mes.erp import cursor as cursors
from mes.erp.house import Connection
from mes.erp.known import Known
from mes.erp.models import Page, StateInterval
from mes.facts import MachineFacts, Span
from mes.reader import read_facts

SQL = queries("mes", "erp/queries.sql")


async def state_page(
    conn: Connection, plant: Plant, machine: str, window: Span, known: Known, *, limit: int, raw: bool
) -> Page[StateInterval]:
    """The first intervals of a window; people may have merged many, so what is read grows until a page is full."""
    begin, end = window
    skip = limit
    while True:
        reached = await _reached(conn, machine, window, known, skip)
        found = await read_facts(
            conn, plant, [machine], begin, reached, known.as_of_us, told_us=known.told_us, raw=raw, parts=False
        )
        facts = found[machine]
        if len(facts.state_at) > limit or reached == end:
            break
        skip *= 2
    items = _intervals(facts, end)
    more = len(items) > limit
    return Page(items=items[:limit], next_cursor=cursors.encode("states", int(facts.state_at[limit])) if more else None)


async def _reached(conn: Connection, machine: str, window: Span, known: Known, skip: int) -> int:
    """A microsecond after so many changes that the samples tell, or the end of the window."""
    begin, end = window
    as_of: datetime | None = None if known.as_of_us is None else from_us(known.as_of_us)
    asked = {"machine": machine, "after": from_us(begin), "before": from_us(end), "as_of": as_of, "skip": skip}
    row = await (await conn.execute(SQL["later_change"].encode(), asked)).fetchone()
    return min(end, to_us(row[0]) + 1) if row else end


def _intervals(facts: MachineFacts, end: int) -> list[StateInterval]:
    begins = facts.state_at.tolist()
    ends = [*begins[1:], facts.to_us]
    reasons = [facts.reason[int(facts.reason_at.searchsorted(at, side="right")) - 1] for at in begins]
    return [
        StateInterval(
            state=State(state).name.lower(),
            reason=reason,
            from_=from_us(at),
            to=from_us(until),
            duration_us=until - at,
            open=until == end,
        )
        for at, until, state, reason in zip(begins, ends, facts.state.tolist(), reasons, strict=True)
    ]
