"""/api/v1/equipment/{id}/edits and /api/v1/edits: corrections of the tapes, each by a person with a reason."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from mes.feed.routes_idempotency import OnceRoute, TheOnce
from mes.losses.models_edits import EditAnswer, EditBody
from mes.losses.store_edits import edits, put_edit, undo_edit
from mes.web import cursor as cursors
from mes.web.bounds import Instant, RowId
from mes.web.context import LEND_S, TheContext, who_does
from mes.web.cursor import Cursor, Limit
from mes.web.equipment import machine_of, machines_of
from mes.web.etag import STALE
from mes.web.models import Page, Person
from mes.web.problems import MEDIA, ProblemBody
from mes.web.store_evaluation import EquipmentId

router = APIRouter(tags=["corrections"], route_class=OnceRoute)
PENDING: dict[int | str, dict[str, Any]] = {
    202: {"model": EditAnswer, "description": "Put down; numbers do not follow it yet."}
}
CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {"model": ProblemBody, "description": "It is undone already.", "content": {MEDIA: {}}}
}


@router.post("/equipment/{id}/edits", status_code=201, responses=PENDING | STALE)
async def make_edit(
    context: TheContext, request: Request, response: Response, id_: EquipmentId, body: EditBody, once: TheOnce
) -> EditAnswer:
    """Correct the tape of a machine: split, merge, move a boundary, reclassify, give a reason, comment.

    What the samples said stays readable, and so does every answer that was given before (`as_of`).
    """
    machine_of(context.plant, id_)
    edit, known = await put_edit(context, id_, body, who_does(context, request, body.by), once)
    response.status_code = 201 if known else 202
    return edit


@router.get("/equipment/{id}/edits")
async def list_edits(
    context: TheContext,
    id_: EquipmentId,
    from_: Annotated[Instant | None, Query(alias="from", description="Only edits that reach so far.")] = None,
    to: Annotated[Instant | None, Query(description="Only edits that begin before.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[EditAnswer]:
    """Every edit of a machine, line or site, the undone ones and the undos too; the newest first."""
    machines = machines_of(context.plant, id_)
    before = None if cursor is None else cursors.decode("edits", cursor)
    async with context.pool.connection(LEND_S) as conn:
        found = await edits(conn, machines, from_=from_, to=to, before=before, limit=limit + 1)
    more = len(found) > limit
    return Page(items=found[:limit], next_cursor=cursors.encode("edits", found[limit - 1].id) if more else None)


@router.post("/edits/{id}/undo", status_code=201, responses=PENDING | CONFLICT)
async def make_undo(
    context: TheContext,
    request: Request,
    response: Response,
    id_: Annotated[RowId, Path(alias="id", examples=[17])],
    body: Person,
    once: TheOnce,
) -> EditAnswer:
    """Take one edit out; everything else stands. An undo can be undone: then the edit holds again."""
    undo, known = await undo_edit(context, id_, who_does(context, request, body.by), body.why, once)
    response.status_code = 201 if known else 202
    return undo
