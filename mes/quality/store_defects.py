"""Defects in the database: recorded, disposed of once, listed. Their quantities are booked by mes/orders."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from mes.feed.store_audit import note
from mes.feed.store_outbox import tell
from mes.quality.models_defects import DefectAnswer, DefectBody, DispositionBody
from mes.quality.store import need_known, rows, run, signed
from mes.quality.store_inspections import inspection_of, subject_of
from mes.web.access.author import Author
from mes.web.problems import Problem, mistake
from runtime.lending import Connection


async def add_defect(conn: Connection, body: DefectBody, author: Author) -> DefectAnswer:
    """The defect, with its disposition where that is known already."""
    sign = await signed(conn, author)
    found_at = body.found_at or sign["at"]
    if found_at > sign["at"]:
        raise mistake("body.found_at", "Lies in the future: give when it was found.")
    if body.made_at is not None and body.made_at > found_at:
        raise mistake("body.made_at", "Must not be later than 'found_at'.")
    if body.inspection is not None:
        await inspection_of(conn, body.inspection)
    await need_known(
        conn,
        {
            "body.operation": ("operation", body.operation),
            "body.caused_by": ("operation", body.caused_by),
            "body.order": ("order", body.order),
        },
    )
    id_ = uuid4()
    await run(conn, "add_defect", body.model_dump(exclude={"disposition"}) | {"id": id_} | sign)
    if body.disposition is not None:
        decided = {"defect": id_, "disposition": body.disposition, "why": body.comment}
        await run(conn, "add_disposition", decided | sign)
    return await _told(conn, id_, author, "defect.record", None)


async def dispose(conn: Connection, id_: UUID, body: DispositionBody, author: Author) -> DefectAnswer:
    """The defect with its disposition; a Problem 409 where it has another one."""
    sign = await signed(conn, author)
    before = await defect_of(conn, id_)
    if before.disposition == body.disposition:
        return before
    if await run(conn, "add_disposition", {"defect": id_} | body.model_dump() | sign) == 0:
        cure = "Its quantity is booked already: correct the booking by a quantity of its own."
        raise Problem(409, f"Defect {id_} was decided as '{before.disposition}'.", cure)
    return await _told(conn, id_, author, "defect.dispose", {"disposition": None, "why": body.why})


async def defects(
    conn: Connection,
    *,
    id_: UUID | None = None,
    open_: bool | None = None,
    before: int | None = None,
    limit: int = 1000,
) -> list[tuple[int, DefectAnswer]]:
    """Defects with their place in the list, the newest first; open ones have no disposition."""
    found = await rows(conn, "defects", {"id": id_, "open": open_, "before": before, "limit": limit})
    return [(row.pop("written"), DefectAnswer(**row)) for row in found]


async def decided_defects(
    conn: Connection, since: datetime | None, made_by: UUID | None = None
) -> list[dict[str, Any]]:
    """Defects of operations, or of what one made, that were decided to be scrap or rework, since an instant or ever.

    Each is booked once.
    """
    return await rows(conn, "decided_defects", {"since": since, "made_by": made_by})


async def defect_of(conn: Connection, id_: UUID) -> DefectAnswer:
    """One defect, or a Problem 404."""
    found = await defects(conn, id_=id_)
    if not found:
        raise Problem(404, f"There is no defect {id_}.", "GET /api/v1/defects lists them.")
    return found[0][1]


async def _told(
    conn: Connection, id_: UUID, author: Author, action: str, before: dict[str, Any] | None
) -> DefectAnswer:
    found = await defect_of(conn, id_)
    data = found.model_dump(mode="json")
    await note(conn, author, action, f"defect/{id_}", before, data)
    await tell(conn, "defect.recorded", subject_of("defect", id_, found.operation), data)
    return found
