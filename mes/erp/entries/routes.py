"""/api/v1/offline-batches and /conflicts: entries of tablets, each carried out once."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request

from mes.erp.entries.models import BatchAnswer, BatchBody, ConflictsAnswer, ResolveBody, ResolvedAnswer
from mes.erp.entries.store import Sender, conflicts, resolve, take
from mes.web.access.access import source
from mes.web.access.author import TheAuthor
from mes.web.bounds import PlantId
from mes.web.context import LEND_S, TheContext
from mes.web.problems import MEDIA, ProblemBody

router = APIRouter(tags=["entries"])
CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {"model": ProblemBody, "description": "It still cannot be carried out.", "content": {MEDIA: {}}}
}


@router.post("/offline-batches", responses=CONFLICT)
async def batch(context: TheContext, request: Request, body: BatchBody) -> BatchAnswer:
    """Entries of a tablet, made while it had a network or while it had none; each is carried out once.

    `at` of an entry is now less its age. What contradicts what stands by now is a conflict: it is kept with both, and
    the tablet's next entries about the same wait until a person has decided.
    """
    sender = Sender(context.access.holder(request), source(request))
    results = await take(context, body, sender)
    if any(entry.said.kind in ("sign_on", "sign_off") for entry in body.entries):
        context.access.forget(request)
    return BatchAnswer(results=results, now=datetime.now(UTC))


@router.get("/conflicts")
async def list_conflicts(
    context: TheContext, machine: Annotated[PlantId | None, Query(description="Only of this machine.")] = None
) -> ConflictsAnswer:
    """Entries that wait for a person, the oldest first."""
    async with context.pool.connection(LEND_S) as conn:
        return ConflictsAnswer(items=await conflicts(conn, machine=machine))


@router.post("/conflicts/{id}/resolve", responses=CONFLICT)
async def decide(
    context: TheContext, author: TheAuthor, id_: Annotated[UUID, Path(alias="id")], body: ResolveBody
) -> ResolvedAnswer:
    """Carry an entry out all the same, in the name of who made it, or throw it away; both stay on record."""
    return await resolve(context, id_, body, author)
