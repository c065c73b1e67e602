"""Database → the rules with how often they spoke; and trials of a rule, which alerts answers."""

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mes.web.context import LEND_S, Context
from mes.web.problems import Problem
from runtime.database import queries
from runtime.lending import Connection

SQL = {name: text.encode() for name, text in queries("mes.alarms", "queries_rules.sql").items()}
MOST_WAITING = 4
WAIT_S, LOOK_S = 3.0, 0.1


@dataclass(frozen=True, slots=True)
class InForce:
    """The version of a rule that alerts judges by, and how often it raised an alarm lately."""

    rule: str
    version: int
    since: datetime
    times: int
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Trial:
    """What somebody asked; `trouble` None: not answered yet."""

    id: int
    rule: str
    begin: datetime
    end: datetime
    by: str
    at: datetime
    trouble: str | None
    times: list[dict[str, Any]] | None
    count: int | None
    messages: int | None
    active_us: int | None


async def rules_in_force(conn: Connection, since: datetime) -> dict[str, InForce]:
    """By rule; one that alerts has not judged yet is not in it."""
    found = await (await conn.execute(SQL["rules"], {"since": since})).fetchall()
    return {row[0]: InForce(*row) for row in found}


async def trial(conn: Connection, id_: int) -> Trial:
    """One, or a Problem 404."""
    row = await (await conn.execute(SQL["trial"], {"id": id_})).fetchone()
    if row is None:
        raise Problem(404, f"There is no trial {id_}.", "Trials are kept for a week: ask again on /rules.")
    return Trial(*row)


async def ask_trial(context: Context, rule: str, begin: datetime, end: datetime, by: str) -> int:
    """The trial's id, after its answer or three seconds; or a Problem 429 while others wait."""
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        row = await (await conn.execute(SQL["waiting"])).fetchone()
        if row is not None and row[0] >= MOST_WAITING:
            raise Problem(429, "Other trials wait for their answer.", "Try again in a minute; is alerts running?")
        await conn.execute(SQL["forget_trials"])
        made = await (
            await conn.execute(SQL["ask_trial"], {"rule": rule, "begin": begin, "end": end, "by": by})
        ).fetchone()
    id_ = int(made[0]) if made else 0
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        await asyncio.sleep(LOOK_S)
        async with context.pool.connection(LEND_S) as conn:
            if (await trial(conn, id_)).trouble is not None:
                break
    return id_
