"""Alarms: the list, and the request to acknowledge one; only service alerts changes an alarm."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from config.plant import Plant
from mes.alarms.actions import POSSIBLE, REFUSED, Action
from mes.alarms.models import AlarmAnswer, AlarmHistory, JournalEntry, SetAside, Undelivered
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
    quiet: bool | None = None,
    root: int | None = None,
    set_aside: bool = False,
    limit: int = 500,
) -> list[AlarmAnswer]:
    """Alarms, the newest first; `before` is an id; of `open_`, `quiet` and `root` None means all.

    `set_aside`: the latest of each rule and subject that is shelved or out of service, open or over.
    """
    asked: dict[str, object] = {"id": id_, "before": before, "open": open_, "limit": limit}
    asked |= {"quiet": quiet, "root": root, "set_aside": set_aside}
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
    until, by, why = row.pop("shelved_until"), row.pop("shelved_by"), row.pop("shelved_why")
    shelved = None if by is None else SetAside(by=by, comment=why, until=until)
    since, by, why = row.pop("out_since"), row.pop("out_by"), row.pop("out_why")
    out = None if by is None else SetAside(by=by, comment=why, since=since)
    quiet = shelved is not None or out is not None or row["suppressed"]
    return AlarmAnswer(
        text=text, undelivered=undelivered, shelved=shelved, out_of_service=out, suppressed_or_shelved=quiet, **row
    )


async def history(conn: Connection, plant: Plant, id_: int, most: int = 10) -> AlarmHistory:
    """One alarm with all that is known about it, or a Problem 404."""
    found = await alarms(conn, id_=id_)
    if not found:
        raise _unknown(id_)
    ids = [row["id"] for row in await _rows(conn, "earlier", {"alarm": id_, "most": most})]
    earlier = [one for number in ids for one in await alarms(conn, id_=number)]
    rule = next((rule for rule in plant.rules if rule.id == found[0].rule), None)
    return AlarmHistory(
        alarm=found[0],
        cause=None if rule is None or rule.cause is None else Names(en=rule.cause.en, zh=rule.cause.zh),
        document=None if rule is None else rule.document,
        corrective_action=[] if rule is None else [Names(en=one.en, zh=one.zh) for one in rule.corrective_action],
        journal=(await journals(conn, [id_])).get(id_, []),
        earlier=earlier,
    )


async def journals(conn: Connection, ids: Sequence[int]) -> dict[int, list[JournalEntry]]:
    """By alarm, what has happened to it and what people have said, in order."""
    found: dict[int, list[JournalEntry]] = {}
    for row in await _rows(conn, "journal", {"alarms": list(ids)}):
        found.setdefault(row.pop("alarm"), []).append(JournalEntry(**row))
    return found


async def how_often(conn: Connection, id_: int, since: datetime) -> int:
    """How often the same alarm has been raised since an instant."""
    [row] = await _rows(conn, "how_often", {"alarm": id_, "since": since})
    return int(row["count"])


async def furthest_off(conn: Connection, id_: int) -> str | None:
    """Of an anomaly, the tag that was furthest off."""
    rows = await _rows(conn, "furthest_off", {"id": id_})
    return str(rows[0]["tag"]) if rows else None


async def comment(context: Context, alarm: int, by: str, text: str, once: Once = NO_KEY) -> AlarmHistory:
    """The alarm with what somebody has said about it; open or over."""
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        if not await alarms(conn, id_=alarm):
            raise _unknown(alarm)
        await conn.execute(SQL["add_comment"].encode(), {"alarm": alarm, "by": by, "comment": text})
        told = await history(conn, context.plant, alarm)
        await once.keep(conn, 200, told)
    return told


def _unknown(alarm: int) -> Problem:
    return Problem(404, f"There is no alarm {alarm}.", "GET /api/v1/alarms?open=true lists the open ones.")


async def acknowledge(
    context: Context, alarm: int, by: str, comment: str, once: Once = NO_KEY
) -> tuple[AlarmAnswer, bool]:
    """As act."""
    return await act(context, alarm, "acknowledge", by, comment, once=once)


async def act(
    context: Context,
    alarm: int,
    action: Action,
    by: str,
    comment: str,
    *,
    minutes: int | None = None,
    once: Once = NO_KEY,
) -> tuple[AlarmAnswer, bool]:
    """The alarm, and whether it was done; False when alerts has not acted within two seconds.

    Asking twice is harmless: where nothing is to be done the alarm is returned as it is; or a Problem 409.
    """
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        found = await alarms(conn, id_=alarm)
        if not found:
            raise _unknown(alarm)
        if POSSIBLE[action](found[0]):
            row = {"alarm": alarm, "by": by, "comment": comment, "lasts_us": minutes and minutes * 60_000_000}
            row["action"] = "shelve" if action == "shelve_once" else action
            request: int | None = (await _rows(conn, "ask", row))[0]["id"]
        elif action in REFUSED:
            raise Problem(409, f"Alarm {alarm} cannot do that now. {REFUSED[action]}", "GET the alarm and look at it.")
        else:
            request = None
        await once.keep(conn, 202 if request else 200, (await alarms(conn, id_=alarm))[0])
    done = request is None
    until = time.monotonic() + ACK_WAIT_S
    while not done and time.monotonic() < until:
        await asyncio.sleep(ACK_LOOK_S)
        async with context.pool.connection(LEND_S) as conn:
            done = (await _rows(conn, "acted", {"request": request}))[0]["exists"]
    async with context.pool.connection(LEND_S) as conn:
        return (await alarms(conn, id_=alarm))[0], done
