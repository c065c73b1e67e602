"""Database → the samples around an instant, as they came."""

from dataclasses import dataclass

from contract.sample import from_us
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.screens.explain")
AROUND = 6


@dataclass(frozen=True, slots=True)
class RawSample:
    """A sample with its three times and its frame; `ingested_us` None where the frame is not kept any more."""

    at_us: int
    edge_us: int
    ingested_us: int | None
    value: float | None
    text: str | None
    quality: int
    node: str
    epoch: int
    seq: int


async def samples_around(conn: Connection, machine: str, tag: str, at_us: int) -> list[RawSample]:
    """Some samples before and after an instant, the newest first."""
    asked = {"machine": machine, "tag": tag, "at": from_us(at_us), "most": AROUND}
    rows = await (await conn.execute(SQL["samples_around"].encode(), asked)).fetchall()
    return [RawSample(*row) for row in rows]
