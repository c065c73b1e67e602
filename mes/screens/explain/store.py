"""Database → the samples around an instant, as they came."""

from contract.sample import from_us
from mes.screens.raw_sample import RawSample
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.screens.explain")
AROUND = 6


async def samples_around(conn: Connection, machine: str, tag: str, at_us: int) -> list[RawSample]:
    """Some samples before and after an instant, the newest first."""
    asked = {"machine": machine, "tag": tag, "at": from_us(at_us), "most": AROUND}
    rows = await (await conn.execute(SQL["samples_around"].encode(), asked)).fetchall()
    return [RawSample(*row) for row in rows]
