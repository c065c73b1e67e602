"""/api/v1/shift-notes: what a shift tells the next one."""

from typing import Annotated

from fastapi import APIRouter, Query

from mes.feed.routes_idempotency import OnceRoute, TheOnce
from mes.people.notes.models import NoteAnswer, NoteBody
from mes.people.notes.store import add_note, notes_of
from mes.web.access.author import TheAuthor
from mes.web.bounds import Day, PlantId
from mes.web.context import LEND_S, TheContext
from mes.web.equipment import machines_of
from mes.web.problems import mistake

router = APIRouter(tags=["notes"], route_class=OnceRoute)


@router.get("/shift-notes")
async def list_notes(
    context: TheContext,
    equipment: Annotated[PlantId, Query(description="The site, a line or a machine.", examples=["press-1"])],
    day: Annotated[Day, Query(description="The production day.", examples=["2026-01-31"])],
    shift: Annotated[PlantId | None, Query(description="Only of this shift.", examples=["early"])] = None,
) -> list[NoteAnswer]:
    """The notes of a production day, the oldest first; of a line or site with those of its machines."""
    places = {equipment, *machines_of(context.plant, equipment)}
    async with context.pool.connection(LEND_S) as conn:
        return await notes_of(conn, places, day, day, shift)


@router.post("/shift-notes", status_code=201)
async def make_note(context: TheContext, author: TheAuthor, body: NoteBody, once: TheOnce) -> NoteAnswer:
    """Write a note for the next shift."""
    plant = context.plant
    if body.equipment not in {plant.site.id, *(x.id for x in plant.lines), *(x.id for x in plant.machines)}:
        text = f"'{body.equipment}' is not in the plant file; GET /api/v1/equipment lists all."
        raise mistake("body.equipment", text)
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        made = await add_note(conn, body, author)
        await once.keep(conn, 201, made)
        return made
