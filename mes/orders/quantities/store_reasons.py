"""Reasons in the database: why something stopped, was scrapped, held, found defective or corrected."""

from typing import Any

from mes.feed.store_audit import note
from mes.orders.quantities.models import ReasonAnswer, ReasonText
from mes.web.access.author import Author
from mes.web.problems import Problem, mistake
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.orders.quantities")


async def reasons(conn: Connection, kind: str | None = None) -> list[ReasonAnswer]:
    """All reasons of a kind, or of all kinds, retired ones included."""
    cursor = await conn.execute(SQL["reasons"].encode(), {"kind": kind})
    names = [column.name for column in cursor.description or ()]
    return [ReasonAnswer(**dict(zip(names, row, strict=True))) for row in await cursor.fetchall()]


async def put_reason(conn: Connection, id_: str, body: ReasonText, author: Author) -> ReasonAnswer:
    """Make a reason, or give it other words; a Problem where it would become another one."""
    there = {reason.id: reason for reason in await reasons(conn)}
    before = there.get(id_)
    if before is not None and before.kind != body.kind:
        raise Problem(409, f"'{id_}' is a reason for {before.kind}.", "Give the other one an id of its own.")
    if body.parent is not None:
        above: str | None = body.parent
        for _ in range(len(there) + 1):
            if above == id_ or above not in there or there[above].kind != body.kind:
                raise mistake("body.parent", f"'{body.parent}' is no reason for {body.kind} above '{id_}'.")
            above = there[above].parent
            if above is None:
                break
    row: dict[str, Any] = body.model_dump() | {"id": id_}
    if before is None or before.model_dump(exclude={"version"}) != row:
        await conn.execute(SQL["put_reason"].encode(), row)
        await note(conn, author, "put", f"reason/{id_}", None if before is None else before.model_dump(), row)
    return next(reason for reason in await reasons(conn, body.kind) if reason.id == id_)
