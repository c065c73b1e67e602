"""/api/v1/defects and /holds."""

from typing import Annotated

from fastapi import APIRouter, Query

from mes.feed.routes_idempotency import OnceRoute, TheOnce
from mes.quality.models_defects import DefectAnswer, DefectBody, DispositionBody, HoldAnswer, HoldBody, ReleaseBody
from mes.quality.routes import CONFLICT, Id
from mes.quality.store_defects import add_defect, defect_of, defects, dispose
from mes.quality.store_holds import hold_of, holds, place_hold, release_hold
from mes.web import cursor as cursors
from mes.web.access.author import TheAuthor
from mes.web.context import LEND_S, TheContext
from mes.web.cursor import Cursor, Limit
from mes.web.models import Page
from mes.web.problems import mistake

router = APIRouter(tags=["quality"], route_class=OnceRoute)


@router.get("/defects")
async def list_defects(
    context: TheContext,
    open_: Annotated[bool | None, Query(alias="open", description="true: without a disposition; false: with.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[DefectAnswer]:
    """Defects, the newest first."""
    before = None if cursor is None else cursors.decode("defects", cursor)
    async with context.pool.connection(LEND_S) as conn:
        found = await defects(conn, open_=open_, before=before, limit=limit + 1)
    next_ = cursors.encode("defects", found[limit - 1][0]) if len(found) > limit else None
    return Page(items=[one for _, one in found[:limit]], next_cursor=next_)


@router.get("/defects/{id}")
async def one_defect(context: TheContext, id_: Id) -> DefectAnswer:
    """One defect."""
    async with context.pool.connection(LEND_S) as conn:
        return await defect_of(conn, id_)


@router.post("/defects", status_code=201)
async def make_defect(context: TheContext, author: TheAuthor, body: DefectBody, once: TheOnce) -> DefectAnswer:
    """Record defective parts; `caused_by` names the operation that made them so, where another one found them."""
    if body.machine is not None and body.machine not in {machine.id for machine in context.plant.machines}:
        raise mistake("body.machine", f"'{body.machine}' is not in the plant file; GET /api/v1/equipment lists all.")
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        made = await add_defect(conn, body, author)
        await once.keep(conn, 201, made)
        return made


@router.post("/defects/{id}/disposition", responses=CONFLICT)
async def decide(context: TheContext, author: TheAuthor, id_: Id, body: DispositionBody, once: TheOnce) -> DefectAnswer:
    """Say what becomes of them; decided once, because their quantity is booked by it."""
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        made = await dispose(conn, id_, body, author)
        await once.keep(conn, 200, made)
        return made


@router.get("/holds")
async def list_holds(
    context: TheContext,
    open_: Annotated[bool | None, Query(alias="open", description="true: that hold; false: released.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[HoldAnswer]:
    """Holds, the newest first."""
    before = None if cursor is None else cursors.decode("holds", cursor)
    async with context.pool.connection(LEND_S) as conn:
        found = await holds(conn, open_=open_, before=before, limit=limit + 1)
    next_ = cursors.encode("holds", found[limit - 1][0]) if len(found) > limit else None
    return Page(items=[one for _, one in found[:limit]], next_cursor=next_)


@router.get("/holds/{id}")
async def one_hold(context: TheContext, id_: Id) -> HoldAnswer:
    """One hold."""
    async with context.pool.connection(LEND_S) as conn:
        return await hold_of(conn, id_)


@router.post("/holds", status_code=201)
async def make_hold(context: TheContext, author: TheAuthor, body: HoldBody, once: TheOnce) -> HoldAnswer:
    """Hold an order, operation, lot, serial or machine until somebody decides what becomes of it."""
    if body.kind == "machine" and body.subject not in {machine.id for machine in context.plant.machines}:
        raise mistake("body.subject", f"'{body.subject}' is not in the plant file; GET /api/v1/equipment lists all.")
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        made = await place_hold(conn, body, author)
        await once.keep(conn, 201, made)
        return made


@router.post("/holds/{id}/release", responses=CONFLICT)
async def release(context: TheContext, author: TheAuthor, id_: Id, body: ReleaseBody, once: TheOnce) -> HoldAnswer:
    """Release it, with what becomes of what was held."""
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        made = await release_hold(conn, id_, body, author)
        await once.keep(conn, 200, made)
        return made
