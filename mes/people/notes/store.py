"""Notes of shifts in the database."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID, uuid4

from psycopg.rows import dict_row

from mes.feed.store_audit import note
from mes.people.notes.models import NoteAnswer, NoteBody
from mes.web.access.author import Author
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.people.notes")


async def add_note(conn: Connection, body: NoteBody, author: Author) -> NoteAnswer:
    """The note."""
    id_ = uuid4()
    asked = body.model_dump() | {"id": id_, "person": author.person, "client": author.client}
    await conn.execute(SQL["add"].encode(), asked)
    made = (await notes_of(conn, [body.equipment], body.day, body.day, body.shift, id_=id_))[0]
    await note(conn, author, "shift_note.added", f"shift_note/{id_}", None, made.model_dump(mode="json"))
    return made


async def notes_of(
    conn: Connection,
    equipment: Collection[str],
    first: date,
    last: date,
    shift: str | None = None,
    *,
    as_of: datetime | None = None,
    id_: UUID | None = None,
) -> list[NoteAnswer]:
    """Notes of some production days at some places, as known at an instant, the oldest first; at most 500."""
    asked = {"equipment": list(equipment), "first": first, "last": last, "shift": shift, "as_of": as_of, "id": id_}
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(SQL["notes"].encode(), asked)
        return [NoteAnswer(**row) for row in await cursor.fetchall()]
