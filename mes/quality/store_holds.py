"""Holds in the database: placed, released once, listed; and whether something is held."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from mes.feed.store_audit import note
from mes.feed.store_outbox import tell
from mes.quality.models_defects import HoldAnswer, HoldBody, ReleaseBody
from mes.quality.store import need_known, rows, run, signed
from mes.quality.store_inspections import subject_of
from mes.web.access.author import Author
from mes.web.problems import Problem
from runtime.lending import Connection


@dataclass(frozen=True, slots=True)
class OpenHold:
    """A hold that holds: of what kind ('order', 'operation', 'lot', 'serial', 'machine'), its id or number, and why."""

    id: UUID
    kind: str
    subject: str
    reason: str


async def place_hold(conn: Connection, body: HoldBody, author: Author) -> HoldAnswer:
    """The hold."""
    sign = await signed(conn, author)
    await need_known(conn, {"body.subject": (body.kind, body.subject)})
    id_ = uuid4()
    await run(conn, "add_hold", body.model_dump() | {"id": id_} | sign)
    return await _told(conn, id_, author, "hold.placed")


async def release_hold(conn: Connection, id_: UUID, body: ReleaseBody, author: Author) -> HoldAnswer:
    """The hold as it was released; a Problem 409 where it was released before."""
    sign = await signed(conn, author)
    await hold_of(conn, id_)
    if await run(conn, "release_hold", {"hold": id_} | body.model_dump() | sign) == 0:
        found = await hold_of(conn, id_)
        raise Problem(
            409, f"Hold {id_} was released by {found.released_by}.", "Place a new hold if it is to hold again."
        )
    return await _told(conn, id_, author, "hold.released")


async def holds(
    conn: Connection,
    *,
    id_: UUID | None = None,
    open_: bool | None = None,
    before: int | None = None,
    limit: int = 1000,
) -> list[tuple[int, HoldAnswer]]:
    """Holds with their place in the list, the newest first."""
    found = await rows(conn, "holds", {"id": id_, "open": open_, "before": before, "limit": limit})
    return [(row.pop("written"), HoldAnswer(**row)) for row in found]


async def hold_of(conn: Connection, id_: UUID) -> HoldAnswer:
    """One hold, or a Problem 404."""
    found = await holds(conn, id_=id_)
    if not found:
        raise Problem(404, f"There is no hold {id_}.", "GET /api/v1/holds lists them.")
    return found[0][1]


async def open_holds(conn: Connection, subjects: Sequence[tuple[str, str]]) -> list[OpenHold]:
    """The holds that hold any of some (kind, subject), the oldest first."""
    asked = {"kinds": [kind for kind, _ in subjects], "subjects": [subject for _, subject in subjects]}
    return [OpenHold(**row) for row in await rows(conn, "open_holds", asked)]


async def _told(conn: Connection, id_: UUID, author: Author, kind: str) -> HoldAnswer:
    found = await hold_of(conn, id_)
    data = found.model_dump(mode="json")
    operation = UUID(found.subject) if found.kind == "operation" else None
    await note(conn, author, kind, f"hold/{id_}", None, data)
    await tell(conn, kind, subject_of("hold", id_, operation), data)
    return found
