"""After the commit: positions of events, seals of audit entries, and the epoch that positions belong to."""

from datetime import datetime, timedelta
from uuid import UUID

import psycopg
from psycopg.rows import TupleRow

from mes.feed.audit_mac import first_broken, mac_of
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.feed", "queries_sequencer.sql")
LOCK = 0x46454544  # "FEED": only one gives positions
AT_ONCE = 5000
KEPT = timedelta(days=90)


async def begin(conn: Connection) -> UUID | None:
    """The new epoch where this database is not the one of the last start: a restore or a standby that took over."""
    origin = await _origin(conn)
    row = await (await conn.execute(SQL["begin_epoch"].encode(), {"origin": origin})).fetchone()
    return None if row is None else row[0]


async def _origin(conn: Connection) -> str:
    try:
        async with conn.transaction():
            row = await (await conn.execute(SQL["origin"].encode())).fetchone()
    except psycopg.errors.InsufficientPrivilege:
        # Some providers show nobody the identifier of their server.
        row = await (await conn.execute(SQL["origin_without_server"].encode())).fetchone()
    assert row is not None  # noqa: S101  - a row without a condition
    return str(row[0])


async def waiting(conn: Connection) -> tuple[bool, bool]:
    """Whether committed events wait for their positions, and audit entries for their seals."""
    row = await (await conn.execute(SQL["waiting"].encode())).fetchone()
    assert row is not None  # noqa: S101  - a row without a condition
    return bool(row[0]), bool(row[1])


async def number_events(conn: Connection) -> int:
    """Give the committed events that wait their positions; how many that were."""
    async with conn.transaction():
        await conn.execute(SQL["hold_feed"].encode())
        return (await conn.execute(SQL["number_events"].encode(), {"most": AT_ONCE})).rowcount


async def seal_entries(conn: Connection, key: bytes | None) -> int:
    """Seal the committed audit entries that wait, with the database's own key where there is no `key`; how many."""
    async with conn.transaction():
        await conn.execute(SQL["hold_feed"].encode())
        last = await (await conn.execute(SQL["last_seal"].encode())).fetchone()
        assert last is not None  # noqa: S101  - the migration makes the one key
        position, before, own_key = last
        found = await (await conn.execute(SQL["entries_to_seal"].encode(), {"most": AT_ONCE})).fetchall()
        sealed = []
        for position_, (id_, *row) in enumerate(found, start=position + 1):
            before = mac_of(key or own_key, before, row)
            sealed.append({"id": id_, "position": position_, "mac": before})
        async with conn.cursor() as cursor:
            await cursor.executemany(SQL["seal"].encode(), sealed)
    return len(sealed)


def forget_events(conn: psycopg.Connection[TupleRow], now: datetime) -> None:
    """Events up to the newest one that is too old are not kept any more."""
    conn.execute(SQL["forget_events"].encode(), {"before": now - KEPT})


def begin_epoch(conn: psycopg.Connection[TupleRow]) -> UUID:
    """The new epoch: a person says that this database was restored from a copy."""
    row = conn.execute(SQL["new_epoch"].encode()).fetchone()
    assert row is not None  # noqa: S101  - the feed has one row
    return row[0]  # type: ignore[no-any-return]


def check_seals(conn: psycopg.Connection[TupleRow], key: bytes | None) -> tuple[int, int | None]:
    """How many audit entries are sealed, and the position of the first one that is not as it was sealed."""
    with conn.transaction():
        own = conn.execute(SQL["audit_key"].encode()).fetchone()
        assert own is not None  # noqa: S101  - the migration makes the one row
        counted = conn.execute(SQL["count_seals"].encode()).fetchone()
        with conn.cursor("seals") as rows:
            rows.execute(SQL["sealed"].encode())
            broken = first_broken(key or own[0], ((row[0], row[1], row[2:]) for row in rows))
    return (0 if counted is None else counted[0]), broken
