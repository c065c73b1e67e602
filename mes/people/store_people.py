"""Persons and their roles: made, changed and erased, each with its audit entry.

No audit entry holds a name: entries are kept for good, and a name must be erasable.
"""

from typing import Any
from uuid import UUID

from mes.feed.store_audit import note
from mes.people.models_people import PersonAnswer, PersonBody, RoleGrantBody
from mes.web.access.author import Author
from mes.web.etag import need_match
from mes.web.problems import Problem
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.people", "people.sql")
LIST = "GET /api/v1/people lists all."


async def people(
    conn: Connection, after: int, most: int, number: str | None = None, id_: UUID | None = None
) -> list[tuple[int, PersonAnswer]]:
    """Persons with their places in the list."""
    row = {"after": after, "most": most, "number": number, "id": id_}
    rows = await (await conn.execute(SQL["people"].encode(), row)).fetchall()
    names = ("id", "number", "name", "language", "active_from", "active_to", "erased_at", "version", "role_grants")
    return [(place, PersonAnswer(**dict(zip(names, columns, strict=True)))) for place, *columns in rows]


async def person_of(conn: Connection, id_: UUID) -> PersonAnswer:
    """The person, or a Problem 404."""
    found = await people(conn, 0, 1, id_=id_)
    if not found:
        raise Problem(404, f"There is no person '{id_}'.", LIST)
    return found[0][1]


async def put_person(conn: Connection, body: PersonBody, if_match: str | None, author: Author) -> PersonAnswer:
    """The person as it is from now on; the same version where nothing differs. One that was erased stays so: 409."""
    await conn.execute(SQL["hold_number"].encode(), {"number": body.number})
    found = await people(conn, 0, 1, number=body.number)
    before = found[0][1] if found else None
    need_match(if_match, None if before is None else before.version)
    if before is not None and before.erased_at is not None:
        raise Problem(409, f"Person '{body.number}' was erased.", "Numbers are given once: use another one.")
    if before is not None and before.model_dump(include=set(PersonBody.model_fields)) == body.model_dump():
        return before
    await conn.execute(
        SQL["add_person" if before is None else "change_person"].encode(), body.model_dump() | _by(author)
    )
    after = (await people(conn, 0, 1, number=body.number))[0][1]
    told = _told(after) | {"renamed": before is not None and before.name != after.name}
    await note(conn, author, "put", f"person/{after.id}", None if before is None else _told(before), told)
    return after


async def erase_person(conn: Connection, id_: UUID, author: Author) -> PersonAnswer:
    """The person without a name; erasing twice is erasing once."""
    await person_of(conn, id_)
    if (await conn.execute(SQL["erase_person"].encode(), {"id": id_} | _by(author))).rowcount:
        await note(conn, author, "erase", f"person/{id_}", None, None)
    return await person_of(conn, id_)


async def grant_role(conn: Connection, id_: UUID, body: RoleGrantBody, author: Author) -> PersonAnswer:
    """The person with one role more."""
    if (await person_of(conn, id_)).erased_at is not None:
        raise Problem(409, f"Person '{id_}' was erased.", "Nobody acts under it any more.")
    row = {"holder": id_, "role": body.role, "place": body.place, "from": body.from_, "to": body.to}
    await conn.execute(SQL["add_grant"].encode(), row | _by(author))
    await note(conn, author, "grant", f"person/{id_}", None, body.model_dump(mode="json", by_alias=True))
    return await person_of(conn, id_)


async def end_grant(conn: Connection, id_: UUID, author: Author) -> PersonAnswer:
    """The person, who has the role no longer; ending twice is ending once."""
    row = await (await conn.execute(SQL["end_grant"].encode(), {"id": id_} | _by(author))).fetchone()
    if row is not None:
        await note(conn, author, "end grant", f"person/{row[0]}", {"role_grant": str(id_)}, None)
    else:
        row = await (await conn.execute(SQL["grant_holder"].encode(), {"id": id_})).fetchone()
    if row is None:
        raise Problem(404, f"There is no role grant '{id_}'.", LIST)
    return await person_of(conn, row[0])


def _by(author: Author) -> dict[str, str | None]:
    return {"person": author.person, "client": author.client}


def _told(person: PersonAnswer) -> dict[str, Any]:
    return person.model_dump(mode="json", include={"number", "language", "active_from", "active_to"})
