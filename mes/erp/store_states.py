"""A page of a machine's state tape: as few rows are read as the page needs."""

from config.plant import Plant
from contract.sample import State, from_us
from mes.facts.model import MachineFacts, Span
from mes.facts.store import read_facts
from mes.facts.store_tapes import reached
from mes.web import cursor as cursors
from mes.web.models import Page, StateInterval
from mes.web.snapshot import Snapshot
from runtime.lending import Connection


async def state_page(
    conn: Connection, plant: Plant, machine: str, window: Span, snapshot: Snapshot, *, limit: int, raw: bool
) -> Page[StateInterval]:
    """The first intervals of a window; people may have merged many, so what is read grows until a page is full."""
    begin, end = window
    skip = limit
    while True:
        until = await reached(conn, machine, window, snapshot.as_of_us, skip)
        found = await read_facts(
            conn, plant, [machine], begin, until, snapshot.as_of_us, told_us=snapshot.told_us, raw=raw, parts=False
        )
        facts = found[machine]
        if len(facts.state_at) > limit or until == end:
            break
        skip *= 2
    items = _intervals(facts, end)
    more = len(items) > limit
    return Page(items=items[:limit], next_cursor=cursors.encode("states", int(facts.state_at[limit])) if more else None)


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
