"""Restatements in the database, as they are told."""

from collections.abc import Mapping
from typing import Any

from psycopg.rows import TupleRow

from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.evidence")


async def restatements(conn: Connection, asked: Mapping[str, Any]) -> list[TupleRow]:
    """Those that touch `machines` from `from` to `to` (None: open), the newest first, with ids below `before`."""
    return await (await conn.execute(SQL["restatements"].encode(), asked)).fetchall()
