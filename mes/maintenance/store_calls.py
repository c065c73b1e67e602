"""Calls for help in the database: called, answered once, ended once, listed."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from psycopg.rows import dict_row

from contract.sample import to_us
from mes.feed.store_audit import note
from mes.maintenance.calls import Call
from mes.maintenance.models import CallAnswer, CallBody
from mes.web.access.author import Author
from mes.web.problems import Problem
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.maintenance")


async def call(conn: Connection, body: CallBody, author: Author) -> CallAnswer:
    """The call; where one of its kind is open at the machine, that one: nobody comes sooner by a second one."""
    asked = body.model_dump() | {"id": uuid4(), "person": author.person, "client": author.client}
    made = await _one(conn, "call", asked)
    if made is None:
        found = await _one(conn, "open_call", asked)
        if found is None:
            raise Problem(409, "The open call has just ended.", "Call again.")
        return await call_of(conn, found)
    return await _told(conn, made, author, "andon_call.called", None)


async def answer(conn: Connection, id_: UUID, author: Author) -> CallAnswer:
    """The call, answered; a Problem 409 where it was answered before or has ended."""
    before = await call_of(conn, id_)
    if await _one(conn, "answer", {"id": id_, "person": author.person, "client": author.client}) is None:
        was = (
            f"ended at {before.ended_at}" if before.ended_at else f"was answered by {before.answered_by or 'somebody'}"
        )
        raise Problem(409, f"Call {id_} {was}.", "GET /api/v1/andon-calls?open=true lists what waits.")
    return await _told(conn, id_, author, "andon_call.answered", before)


async def end(conn: Connection, id_: UUID, author: Author) -> CallAnswer:
    """The call, ended; a Problem 409 where it has ended before."""
    before = await call_of(conn, id_)
    if await _one(conn, "end_call", {"id": id_, "person": author.person, "client": author.client}) is None:
        raise Problem(409, f"Call {id_} ended at {before.ended_at}.", "Call again where help is needed again.")
    return await _told(conn, id_, author, "andon_call.ended", before)


async def calls(
    conn: Connection,
    *,
    id_: UUID | None = None,
    open_: bool | None = None,
    machine: str | None = None,
    before: int | None = None,
    limit: int = 1000,
) -> list[tuple[int, CallAnswer]]:
    """Calls with their place in the list, the newest first."""
    asked = {"id": id_, "open": open_, "machine": machine, "before": before, "limit": limit}
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(SQL["calls"].encode(), asked)
        return [(row.pop("written"), CallAnswer(**row)) for row in await cursor.fetchall()]


async def call_of(conn: Connection, id_: UUID) -> CallAnswer:
    """One call, or a Problem 404."""
    found = await calls(conn, id_=id_)
    if not found:
        raise Problem(404, f"There is no call {id_}.", "GET /api/v1/andon-calls lists them.")
    return found[0][1]


async def open_calls(conn: Connection) -> list[Call]:
    """All open calls, those that nobody has answered first."""
    rows = await (await conn.execute(SQL["open_calls"].encode())).fetchall()
    return [
        Call(id_, machine, kind, person, to_us(at), by, to_us(answered) if answered else None)
        for id_, machine, kind, person, at, by, answered in rows
    ]


async def _one(conn: Connection, name: str, asked: Mapping[str, Any]) -> UUID | None:
    row = await (await conn.execute(SQL[name].encode(), asked)).fetchone()
    return None if row is None else row[0]


async def _told(conn: Connection, id_: UUID, author: Author, action: str, before: CallAnswer | None) -> CallAnswer:
    found = await call_of(conn, id_)
    was = None if before is None else before.model_dump(mode="json")
    await note(conn, author, action, f"andon_call/{id_}", was, found.model_dump(mode="json"))
    return found
