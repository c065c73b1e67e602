"""Requests to maintenance: opened for the root cause of an alarm, closed with it or by a person, listed."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from psycopg.rows import dict_row

from config.plant import Plant
from config.rules.kinds import OrderLate
from mes.feed.store_audit import note
from mes.feed.store_outbox import tell
from mes.maintenance.models_requests import RequestAnswer
from mes.web.access.author import Author
from mes.web.models import Names
from mes.web.problems import Problem
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.maintenance", "queries_requests.sql")


def requesting(plant: Plant) -> list[str]:
    """The rules whose alarms are work for maintenance: all that do not say otherwise, but those about orders."""
    return [
        rule.id for rule in plant.rules if rule.request or (rule.request is None and not isinstance(rule, OrderLate))
    ]


async def keep_requests(conn: Connection, rules: Sequence[str]) -> None:
    """Open and close what the alarms ask for, in one transaction; each change is an event."""
    async with conn.transaction():
        await conn.execute(SQL["hold_requests"].encode())
        closing = await (await conn.execute(SQL["to_close"].encode())).fetchall()
        for id_, because in closing:
            await _close(conn, id_, because, None)
        for alarm, machine, priority, en, zh in await (
            await conn.execute(SQL["to_open"].encode(), {"rules": list(rules)})
        ).fetchall():
            row = {"alarm": alarm, "counter": None, "machine": machine, "priority": priority, "en": en, "zh": zh}
            await open_request(conn, row)


async def open_request(conn: Connection, row: Mapping[str, Any]) -> None:
    """A request, unless one is open for the same."""
    id_ = await _one(conn, "open_request", {**row, "id": uuid4()})
    if id_ is not None:
        await _told(conn, id_)


async def close_by_person(conn: Connection, id_: UUID, author: Author, comment: str) -> RequestAnswer:
    """The request, closed; a Problem 409 where it was closed before."""
    before = await request_of(conn, id_)
    if not await _close(conn, id_, "person", author, comment):
        cure = "GET /api/v1/maintenance-requests?open=true lists what is open."
        raise Problem(409, f"Request {id_} was closed at {before.closed_at}.", cure)
    found = await request_of(conn, id_)
    was, now = before.model_dump(mode="json"), found.model_dump(mode="json")
    await note(conn, author, "maintenance_request.closed", f"maintenance_request/{id_}", was, now)
    return found


async def close_counter(conn: Connection, counter: str, author: Author, comment: str) -> None:
    """The open request of a counter, if any, is done."""
    id_ = await _one(conn, "open_of_counter", {"counter": counter})
    if id_ is not None:
        await close_by_person(conn, id_, author, comment)


async def name(conn: Connection, id_: UUID, number: str | None, author: Author) -> RequestAnswer:
    """The request with the number of another system."""
    before = await request_of(conn, id_)
    if before.external_number == number:
        return before
    await _one(conn, "name_request", {"id": id_, "number": number})
    found = await _told(conn, id_)
    was, now = before.model_dump(mode="json"), found.model_dump(mode="json")
    await note(conn, author, "maintenance_request.named", f"maintenance_request/{id_}", was, now)
    return found


async def requests(
    conn: Connection,
    *,
    id_: UUID | None = None,
    open_: bool | None = None,
    alarm: int | None = None,
    before: int | None = None,
    limit: int = 500,
) -> list[tuple[int, RequestAnswer]]:
    """Requests with their place in the list, the newest first."""
    asked = {"id": id_, "open": open_, "alarm": alarm, "before": before, "limit": limit}
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(SQL["requests"].encode(), asked)
        rows = await cursor.fetchall()
    return [(row.pop("written"), _answer(row)) for row in rows]


async def request_of(conn: Connection, id_: UUID) -> RequestAnswer:
    """One request, or a Problem 404."""
    found = await requests(conn, id_=id_)
    if not found:
        raise Problem(404, f"There is no request {id_}.", "GET /api/v1/maintenance-requests lists them.")
    return found[0][1]


def _answer(row: dict[str, Any]) -> RequestAnswer:
    return RequestAnswer(text=Names(en=row.pop("text_en"), zh=row.pop("text_zh")), **row)


async def _close(conn: Connection, id_: UUID, because: str, author: Author | None, comment: str = "") -> bool:
    row = {
        "id": id_,
        "by": author.person if author else None,
        "client": author.client if author else None,
        "because": because,
        "comment": comment,
    }
    if await _one(conn, "close_request", row) is None:
        return False
    await _told(conn, id_)
    return True


async def _told(conn: Connection, id_: UUID) -> RequestAnswer:
    found = await request_of(conn, id_)
    await tell(conn, "maintenance_request.changed", f"maintenance_request/{id_}", found.model_dump(mode="json"))
    return found


async def _one(conn: Connection, query: str, asked: Mapping[str, Any]) -> UUID | None:
    row = await (await conn.execute(SQL[query].encode(), asked)).fetchone()
    return None if row is None else row[0]
