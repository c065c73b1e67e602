"""What was known when: one consistent view of the facts for all queries of an answer."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from contract.sample import to_us
from mes.web.context import LEND_S, Context
from mes.web.problems import mistake
from mes.web.snapshot import Snapshot
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.web")
KNOWN_WAIT_S = 2.0
KNOWN_LOOK_S = 0.03


@asynccontextmanager
async def snapshot_at(conn: Connection, as_of: datetime | None) -> AsyncIterator[Snapshot]:
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
            yield Snapshot(known_us, False, now_us, key)
        else:
            yield Snapshot(to_us(as_of), True, now_us, key)


async def result_key(conn: Connection) -> bytes:
    """The key by which result ids are signed."""
    row = await (await conn.execute(SQL["knowledge"].encode())).fetchone()
    assert row is not None  # noqa: S101  - the migration has put the key there
    return bytes(row[2])


async def until_known(context: Context, query: str, id_: int) -> bool:
    """True as soon as the keeper has taken in what was put down; False when it has not within two seconds."""
    until = time.monotonic() + KNOWN_WAIT_S
    while True:
        async with context.pool.connection(LEND_S) as conn:
            row = await (await conn.execute(query.encode(), {"id": id_})).fetchone()
        if row and row[0]:
            return True
        if time.monotonic() > until:
            return False
        await asyncio.sleep(KNOWN_LOOK_S)
