"""What agents were asked to look for, and what they have found."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from contract.discovery import MOST_ROWS, Answer
from mes.feed.store_audit import note
from mes.web.access.author import Author
from mes.web.problems import Problem
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.plant_file", "queries_discovery.sql")


@dataclass(frozen=True, slots=True)
class Found:
    """A request with what has come of it."""

    id: UUID
    node: str
    action: str
    device: dict[str, Any]
    asked_at: datetime
    sent_at: datetime | None
    heard_at: datetime | None
    progress: str
    columns: list[str]
    rows: list[list[str]]
    done: bool
    trouble: str


async def ask(
    conn: Connection, node: str, action: str, device: Mapping[str, Any], asked: Mapping[str, Any], author: Author
) -> UUID:
    """Write down what an agent is to look for; the loop sends it."""
    id_ = uuid4()
    row = {"id": id_, "node": node, "action": action, "device": json.dumps(device), "asked": json.dumps(asked)}
    await conn.execute(SQL["ask"].encode(), row | {"person": author.person, "client": author.client})
    await note(conn, author, f"discovery.{action}", f"node/{node}", None, {"device": dict(device)})
    return id_


async def found(conn: Connection, id_: UUID) -> Found:
    """What has come so far, or a Problem 404."""
    row = await (await conn.execute(SQL["found"].encode(), {"id": id_})).fetchone()
    if row is None:
        raise Problem(404, "There is no such request.", "Begin at /setup.")
    return Found(*row)


async def stop(conn: Connection, id_: UUID) -> None:
    """The agent is told to end it."""
    await conn.execute(SQL["stop"].encode(), {"id": id_})


async def hear(conn: Connection, answer: Answer) -> None:
    """Keep a part of an answer."""
    row = {"id": answer.id, "node": answer.node, "part": answer.part, "progress": answer.progress}
    row |= {"columns": list(answer.columns), "rows": json.dumps(answer.rows, ensure_ascii=False)}
    await conn.execute(SQL["hear"].encode(), row | {"done": answer.done, "trouble": answer.trouble, "most": MOST_ROWS})


async def nodes(conn: Connection) -> dict[str, str]:
    """The agents that have ever been heard, and whether each is there."""
    return dict(await (await conn.execute(SQL["nodes"].encode())).fetchall())
