"""/api/v1/andon-calls: whom a machine needs, and who is on the way."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query

from mes.feed.routes_idempotency import OnceRoute, TheOnce
from mes.maintenance.models import CallAnswer, CallBody
from mes.maintenance.store_calls import answer, call, call_of, calls, end
from mes.web import cursor as cursors
from mes.web.access.author import TheAuthor
from mes.web.bounds import PlantId
from mes.web.context import LEND_S, TheContext
from mes.web.cursor import Cursor, Limit
from mes.web.models import Page
from mes.web.problems import mistake

router = APIRouter(tags=["andon"], route_class=OnceRoute)
Id = Annotated[UUID, Path(alias="id", description="Of the call.")]


@router.get("/andon-calls")
async def list_calls(
    context: TheContext,
    open_: Annotated[bool | None, Query(alias="open", description="true: not ended; false: ended.")] = None,
    machine: Annotated[PlantId | None, Query(description="Only of this machine.", examples=["press-1"])] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[CallAnswer]:
    """Calls for help, the newest first."""
    before = None if cursor is None else cursors.decode("andon-calls", cursor)
    async with context.pool.connection(LEND_S) as conn:
        found = await calls(conn, open_=open_, machine=machine, before=before, limit=limit + 1)
    next_ = cursors.encode("andon-calls", found[limit - 1][0]) if len(found) > limit else None
    return Page(items=[one for _, one in found[:limit]], next_cursor=next_)


@router.get("/andon-calls/{id}")
async def one_call(context: TheContext, id_: Id) -> CallAnswer:
    """One call."""
    async with context.pool.connection(LEND_S) as conn:
        return await call_of(conn, id_)


@router.post("/andon-calls", status_code=201)
async def make_call(context: TheContext, author: TheAuthor, body: CallBody, once: TheOnce) -> CallAnswer:
    """Call for help; while a call of the same kind is open at the machine, that one is the answer."""
    if body.machine not in {machine.id for machine in context.plant.machines}:
        raise mistake("body.machine", f"'{body.machine}' is not in the plant file; GET /api/v1/equipment lists all.")
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        made = await call(conn, body, author)
        await once.keep(conn, 201, made)
        return made


@router.post("/andon-calls/{id}/answer", responses={409: {"description": "Answered or ended before."}})
async def answer_call(context: TheContext, author: TheAuthor, id_: Id, once: TheOnce) -> CallAnswer:
    """Say that help is on the way."""
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        made = await answer(conn, id_, author)
        await once.keep(conn, 200, made)
        return made


@router.post("/andon-calls/{id}/end", responses={409: {"description": "Ended before."}})
async def end_call(context: TheContext, author: TheAuthor, id_: Id, once: TheOnce) -> CallAnswer:
    """Say that help was given, or is not needed any more."""
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        made = await end(conn, id_, author)
        await once.keep(conn, 200, made)
        return made
