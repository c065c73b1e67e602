"""What was known when: one consistent view of the facts for all queries of an answer."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Query

from config.calendar import Calendar
from config.shifts import final_at
from contract.sample import from_us, to_us
from mes.facts.model import TOLD_AHEAD_US
from mes.web.bounds import Instant
from mes.web.context import LEND_S, Connection, House
from mes.web.problems import mistake
from runtime.database import queries

SQL = queries("mes.web")
KNOWN_WAIT_S = 2.0
KNOWN_LOOK_S = 0.03
AsOf = Annotated[
    Instant | None,
    Query(
        description="Answer with what was known at this instant; left out: now. `as_of` of an answer, sent back with "
        "its window, gives the same answer again, whatever has become known since.",
        examples=["2026-01-31T15:00:00Z"],
    ),
]


@dataclass(frozen=True, slots=True)
class Known:
    """Everything known up to an instant and nothing later; `past` when later knowledge may have changed it."""

    at_us: int
    past: bool
    now_us: int
    result_key: bytes = field(repr=False)

    @property
    def as_of_us(self) -> int | None:
        """For readers: None reads what is known now."""
        return self.at_us if self.past else None

    @property
    def told_us(self) -> int:
        """What lies later than this is told to nobody: it is only expected, and may be taken back without a trace."""
        return self.at_us + TOLD_AHEAD_US

    @property
    def end_us(self) -> int:
        """Where windows are cut."""
        return min(self.now_us, self.told_us)


@asynccontextmanager
async def knowing(conn: Connection, as_of: datetime | None) -> AsyncIterator[Known]:
    """One snapshot of the database for all that is read inside; a Problem 422 when nobody can know as_of any more."""
    async with conn.transaction():
        await conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        row = await (await conn.execute(SQL["knowledge"].encode())).fetchone()
        now_us = to_us(datetime.now(UTC))
        assert row is not None  # noqa: S101  - the migration has put the key there
        known_us, since, key = now_us if row[0] is None else to_us(row[0]), row[1], row[2]
        if as_of is not None and since is not None and as_of < since:
            first = since.isoformat().replace("+00:00", "Z")
            raise mistake(
                "query.as_of", f"What was known before {first} is not kept: give that instant or a later one."
            )
        if as_of is None or to_us(as_of) >= known_us:
            yield Known(known_us, False, now_us, key)
        else:
            yield Known(to_us(as_of), True, now_us, key)


async def result_key(conn: Connection) -> bytes:
    """The key by which result ids are signed."""
    row = await (await conn.execute(SQL["knowledge"].encode())).fetchone()
    assert row is not None  # noqa: S101  - the migration has put the key there
    return bytes(row[2])


def finality(calendar: Calendar, to_us: int, known: Known) -> dict[str, Any]:
    """Whether an answer that was asked up to `to_us` may still change without a restatement, and until when."""
    final_us = final_at(calendar, to_us)
    return {"provisional": known.at_us < final_us, "final_at": from_us(final_us)}


async def until_known(house: House, query: str, id_: int) -> bool:
    """True as soon as the keeper has taken in what was put down; False when it has not within two seconds."""
    until = time.monotonic() + KNOWN_WAIT_S
    while True:
        async with house.pool.connection(LEND_S) as conn:
            row = await (await conn.execute(query.encode(), {"id": id_})).fetchone()
        if row and row[0]:
            return True
        if time.monotonic() > until:
            return False
        await asyncio.sleep(KNOWN_LOOK_S)
