"""A person's PIN and badge, set and taken away, each with its audit entry; and whose badge it is."""

from uuid import UUID

from mes.feed.store_audit import note
from mes.people.badges import hash_of_badge
from mes.people.store_login import hashed_beside
from mes.web.access.author import Author
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.people", "stations.sql")


async def set_pin(conn: Connection, person: UUID, pin: str | None, author: Author) -> None:
    """A person's PIN from now on; None: no PIN any more. In the caller's transaction."""
    hashed = None if pin is None else await hashed_beside(pin)
    await conn.execute(SQL["set_pin"].encode(), {"holder": person, "hash": hashed} | _by(author))
    await note(conn, author, "set PIN" if pin else "end PIN", f"person/{person}", None, None)


async def give_badge(conn: Connection, person: UUID, badge: str, author: Author) -> bool:
    """The one badge of a person from now on; False where somebody else holds it. In the caller's transaction."""
    row = {"holder": person, "hash": await _hash(conn, badge)} | _by(author)
    held = await (await conn.execute(SQL["live_badge"].encode(), row)).fetchone()
    if held is not None:
        return bool(held[0] == person)
    await conn.execute(SQL["end_badges"].encode(), row)
    if not (await conn.execute(SQL["add_badge"].encode(), row)).rowcount:
        return False
    await note(conn, author, "give badge", f"person/{person}", None, None)
    return True


async def end_badge(conn: Connection, person: UUID, author: Author) -> None:
    """The person's badge is good for nothing from now on. In the caller's transaction."""
    if (await conn.execute(SQL["end_badges"].encode(), {"holder": person})).rowcount:
        await note(conn, author, "end badge", f"person/{person}", None, None)


async def holder_of_badge(conn: Connection, badge: str) -> tuple[UUID, str] | None:
    """Id and number of the active person with this badge."""
    row = {"hash": await _hash(conn, badge)}
    found = await (await conn.execute(SQL["badge_holder"].encode(), row)).fetchone()
    return None if found is None else (found[0], found[1])


async def _hash(conn: Connection, badge: str) -> bytes:
    row = await (await conn.execute(SQL["badge_key"].encode())).fetchone()
    assert row is not None  # noqa: S101  - the migration makes it
    return hash_of_badge(badge, bytes(row[0]))


def _by(author: Author) -> dict[str, str | None]:
    return {"person": author.person, "client": author.client}
