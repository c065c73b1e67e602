"""Database → what the anomaly rules have learned, and how often they spoke."""

from dataclasses import dataclass
from typing import Any

from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.alarms", "queries_detectors.sql")


@dataclass(frozen=True, slots=True)
class Detector:
    """One rule on one machine; `weeks`: alarms of the last four weeks, the latest first.

    `tags`: name, unit, usual value, how much it usually moves, and the limits of a single value, None while unknown.
    """

    rule: str
    machine: str
    learned_us: int
    learns_us: int
    ready: bool
    tags: list[dict[str, Any]]
    weeks: list[int]


async def read_detectors(conn: Connection) -> list[Detector]:
    """All, by machine."""
    return [Detector(*row) for row in await (await conn.execute(SQL["detectors"].encode())).fetchall()]
