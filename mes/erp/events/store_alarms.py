"""The journal that alerts writes → events of the feed, once each."""

from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg.rows import TupleRow

from mes.feed.store_outbox import tell
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.erp.events", "queries_alarms.sql")
TYPES = {
    "raised": "alarm.raised",
    "raised_again": "alarm.raised",
    "acknowledged": "alarm.acknowledged",
    "cleared": "alarm.cleared",
}


async def tell_alarms(conn: Connection) -> None:
    """Tell what has happened to alarms since the last time, in one transaction; at the very first nothing."""
    async with conn.transaction():
        row = await (await conn.execute(SQL["hold_alarms"].encode())).fetchone()
        if row is not None and row[0]:
            await conn.execute(SQL["pass_over"].encode())
        for journal, event, *said in await (await conn.execute(SQL["alarms_to_tell"].encode())).fetchall():
            data = _data(event, *said)
            await tell(conn, TYPES.get(event, "alarm.changed"), f"alarm/{data['alarm']}", data)
            await conn.execute(SQL["told_alarm"].encode(), {"journal": journal})


def forget_told(conn: psycopg.Connection[TupleRow], _now: datetime) -> None:
    """What is out of reach is not kept."""
    conn.execute(SQL["forget_told"].encode())


def _data(
    event: str,
    at: datetime,
    by: str | None,
    comment: str,
    alarm: int,
    rule: str,
    subject: str,
    machine: str | None,
    priority: str,
    text_en: str,
    text_zh: str,
) -> dict[str, Any]:
    return {
        "alarm": alarm,
        "event": event,
        "rule": rule,
        "subject": subject,
        "machine": machine,
        "priority": priority,
        "text": {"en": text_en, "zh": text_zh},
        "at": at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "by": by,
        "comment": comment,
    }
