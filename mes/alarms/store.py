"""Alarms: the list, and the request to acknowledge one; only service alerts changes an alarm."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

from mes.alarms.models import AlarmAnswer, Undelivered
from mes.feed.store_idempotency import NO_KEY, Once
from mes.web.context import LEND_S, Context
from mes.web.models import Names
from mes.web.problems import Problem
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.alarms")
ACK_WAIT_S = 2.0
ACK_LOOK_S = 0.05


async def alarms(
    conn: Connection,
    id_: int | None = None,
    before: int | None = None,
    open_: bool | None = None,
    limit: int = 500,
) -> list[AlarmAnswer]:
    """Alarms, the newest first; `before` is an id, `open_` None means all."""
    asked = {"id": id_, "before": before, "open": open_, "limit": limit}
    rows = await _rows(conn, "alarms", asked)
    undelivered: dict[int, list[Undelivered]] = {}
    for row in await _rows(conn, "undelivered", {"alarms": [row["id"] for row in rows]}):
        undelivered.setdefault(row.pop("alarm"), []).append(Undelivered(**row))
    return [_alarm(row, undelivered.get(row["id"], [])) for row in rows]


async def undelivered_of_channels(conn: Connection, channels: Sequence[str]) -> list[Undelivered]:
    """The channels that have not taken messages, of alarms that are over too."""
    return [Undelivered(**row) for row in await _rows(conn, "undelivered_of_channels", {"channels": list(channels)})]


async def _rows(conn: Connection, name: str, asked: Mapping[str, object]) -> list[dict[str, Any]]:
    cursor = await conn.execute(SQL[name].encode(), asked)
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in await cursor.fetchall()]


def _alarm(row: dict[str, Any], undelivered: list[Undelivered]) -> AlarmAnswer:
    text = Names(en=row.pop("text_en"), zh=row.pop("text_zh"))
    return AlarmAnswer(text=text, undelivered=undelivered, **row)


async def acknowledge(
    context: Context, alarm: int, by: str, comment: str, once: Once = NO_KEY
) -> tuple[AlarmAnswer, bool]:
    """The alarm, and whether it is acknowledged; False when alerts has not acted within two seconds.

    Asking twice is harmless: an alarm that needs no acknowledgement any more is returned as it is.
    """
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        if not await alarms(conn, id_=alarm):
            raise Problem(404, f"There is no alarm {alarm}.", "GET /api/v1/alarms?open=true lists the open ones.")
        row = await (
            await conn.execute(SQL["ask_to_acknowledge"].encode(), {"alarm": alarm, "by": by, "comment": comment})
        ).fetchone()
        request = row[0] if row else None
        await once.keep(conn, 202 if request else 200, (await alarms(conn, id_=alarm))[0])
    done = request is None
    until = time.monotonic() + ACK_WAIT_S
    while not done and time.monotonic() < until:
        await asyncio.sleep(ACK_LOOK_S)
        async with context.pool.connection(LEND_S) as conn:
            found = await (
                await conn.execute(SQL["journaled"].encode(), {"request": request, "alarm": alarm})
            ).fetchone()
            done = bool(found and found[0])
    async with context.pool.connection(LEND_S) as conn:
        return (await alarms(conn, id_=alarm))[0], done
