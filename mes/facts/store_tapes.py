"""What the tapes say now, and how far they go: a few rows, where a window of facts would be too much."""

from collections.abc import Sequence
from datetime import datetime

from psycopg.rows import TupleRow

from contract.sample import from_us, to_us
from mes.facts.model import Span
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.facts")


async def tapes_now(conn: Connection, machines: Sequence[str], now: datetime) -> list[TupleRow]:
    """One row a machine: its id, since when it is in which state, the newest row of its tape, and its product."""
    return await (await conn.execute(SQL["tapes_now"].encode(), {"machines": machines, "now": now})).fetchall()


async def reached(conn: Connection, machine: str, window: Span, as_of_us: int | None, skip: int) -> int:
    """A microsecond after so many changes that the samples tell, or the end of the window."""
    begin, end = window
    as_of = None if as_of_us is None else from_us(as_of_us)
    asked = {"machine": machine, "after": from_us(begin), "before": from_us(end), "as_of": as_of, "skip": skip}
    row = await (await conn.execute(SQL["later_change"].encode(), asked)).fetchone()
    return min(end, to_us(row[0]) + 1) if row else end
