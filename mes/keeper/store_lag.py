"""How far the facts are behind the frames, and whether late samples of a window still wait."""

from collections.abc import Sequence

from mes.facts.model import Span
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.keeper")


async def facts_lag_s(conn: Connection) -> float:
    """How old the oldest frame is that is not yet in the facts, in seconds."""
    row = await (await conn.execute(SQL["facts_lag"].encode())).fetchone()
    return float(row[0]) if row else 0.0


async def late_waits(conn: Connection, machines: Sequence[str], window: Span) -> bool:
    """Whether late samples of some machines in a window wait to be made into facts."""
    asked = {"machines": machines, "from": window[0], "to": window[1]}
    row = await (await conn.execute(SQL["late_waits"].encode(), asked)).fetchone()
    return row is not None and bool(row[0])
