"""What the world outside is told: an event is written in the transaction of what it tells."""

import json
import os
import time
from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.rows import TupleRow

from mes.feed.event import RANDOM_BYTES, TYPES, time_ordered_id
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.feed")


async def tell(conn: Connection, kind: str, subject: str, data: Mapping[str, Any]) -> int:
    """Write one event in the caller's transaction; the subject's new version.

    The subject is held until that transaction ends: who tells of several takes them in the order of their names.
    """
    written = await (await conn.execute(SQL["tell"].encode(), _row(kind, subject, data))).fetchone()
    assert written is not None  # noqa: S101  - the statement gives the row that it writes
    return int(written[0])


def tell_in_thread(conn: psycopg.Connection[TupleRow], kind: str, subject: str, data: Mapping[str, Any]) -> None:
    """As tell, for who works in a thread."""
    conn.execute(SQL["tell"], _row(kind, subject, data))


def _row(kind: str, subject: str, data: Mapping[str, Any]) -> dict[str, Any]:
    if kind not in TYPES:
        raise ValueError(f"'{kind}' is no type of event: mes/feed/event.py lists them")
    return {
        "id": time_ordered_id(time.time_ns() // 1_000_000, os.urandom(RANDOM_BYTES)),
        "type": kind,
        "subject": subject,
        "data": json.dumps(data, ensure_ascii=False, allow_nan=False),
    }
