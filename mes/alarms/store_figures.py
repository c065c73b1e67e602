"""Database → the alarm figures of a span."""

from datetime import datetime

from mes.alarms.figures import Figures, Raise, figures_of
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.alarms", "queries_figures.sql")


async def known_from(conn: Connection, begin: datetime) -> datetime:
    """The begin of a span, or when this plant began to be watched where that is later: before it nothing is known."""
    row = await (await conn.execute(SQL["known_from"].encode(), {"begin": begin})).fetchone()
    return row[0] if row else begin


async def read_figures(conn: Connection, begin: datetime, end: datetime) -> Figures:
    """Of all alarms of the plant between two instants."""
    asked = {"from": begin, "to": end}
    rows = await (await conn.execute(SQL["raises"].encode(), asked)).fetchall()
    noise = await (await conn.execute(SQL["noise"].encode(), asked)).fetchone()
    chattering, stale = noise or (0, 0)
    return figures_of([Raise(*row) for row in rows], begin, end, chattering, stale)
