"""What all stores of quality share: rows by name, the instant of a change, and what is known at one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg.rows import dict_row

from mes.web.access.author import Author
from mes.web.problems import mistake
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.quality")


async def rows(conn: Connection, name: str, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of a named query."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(SQL[name].encode(), asked)
        return await cursor.fetchall()


async def run(conn: Connection, name: str, row: Mapping[str, Any]) -> int:
    """Run a named statement; how many rows it has written or found."""
    return (await conn.execute(SQL[name].encode(), row)).rowcount


async def signed(conn: Connection, author: Author) -> dict[str, Any]:
    """Person, client and instant of a change; changes of quality follow each other from here to their commit."""
    await run(conn, "stand_alone", {})
    return {"person": author.person, "client": author.client, "at": await instant(conn)}


async def need_known(conn: Connection, named: Mapping[str, tuple[str, object]]) -> None:
    """A Problem 422 where a key of a request names an order or operation that is not there; None names nothing."""
    for place, (kind, subject) in named.items():
        if kind not in ("order", "operation") or subject is None:
            continue
        row = await (
            await conn.execute(SQL["known_subject"].encode(), {"kind": kind, "subject": str(subject)})
        ).fetchone()
        if row is None or not row[0]:
            raise mistake(
                place, f"There is no {kind} '{subject}'; GET /api/v1/orders lists orders with their operations."
            )


async def instant(conn: Connection) -> datetime:
    """The database's clock."""
    row = await (await conn.execute(SQL["now"].encode())).fetchone()
    assert row is not None  # noqa: S101  - a SELECT without FROM
    found: datetime = row[0]
    return found


async def knowledge(conn: Connection) -> datetime:
    """An instant of which all is known: whatever is written from now on has a later one."""
    async with conn.transaction():
        await run(conn, "stand", {})
        return await instant(conn)
