"""/api/v1/maintenance-requests: what maintenance is to do."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query

from mes.feed.routes_idempotency import OnceRoute, TheOnce
from mes.maintenance.models_requests import CloseRequestBody, RequestAnswer, RequestBody
from mes.maintenance.store_requests import close_by_person, name, request_of, requests
from mes.web import cursor as cursors
from mes.web.access.author import TheAuthor
from mes.web.bounds import RowId
from mes.web.context import LEND_S, TheContext
from mes.web.cursor import Cursor, Limit
from mes.web.models import Page

router = APIRouter(tags=["maintenance"], route_class=OnceRoute)
Id = Annotated[UUID, Path(alias="id", description="Of the request.")]


@router.get("/maintenance-requests")
async def list_requests(
    context: TheContext,
    open_: Annotated[bool | None, Query(alias="open", description="true: not closed; false: closed.")] = None,
    alarm: Annotated[RowId | None, Query(description="Only of this alarm.", examples=[17])] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[RequestAnswer]:
    """Requests, the newest first."""
    before = None if cursor is None else cursors.decode("maintenance-requests", cursor)
    async with context.pool.connection(LEND_S) as conn:
        found = await requests(conn, open_=open_, alarm=alarm, before=before, limit=limit + 1)
    next_ = cursors.encode("maintenance-requests", found[limit - 1][0]) if len(found) > limit else None
    return Page(items=[one for _, one in found[:limit]], next_cursor=next_)


@router.get("/maintenance-requests/{id}")
async def one_request(context: TheContext, id_: Id) -> RequestAnswer:
    """One request."""
    async with context.pool.connection(LEND_S) as conn:
        return await request_of(conn, id_)


@router.put("/maintenance-requests/{id}")
async def name_request(
    context: TheContext, author: TheAuthor, id_: Id, body: RequestBody, once: TheOnce
) -> RequestAnswer:
    """Say by which number another system knows it."""
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        made = await name(conn, id_, body.external_number, author)
        await once.keep(conn, 200, made)
        return made


@router.post("/maintenance-requests/{id}/close", responses={409: {"description": "Closed before."}})
async def close_request(
    context: TheContext, author: TheAuthor, id_: Id, body: CloseRequestBody, once: TheOnce
) -> RequestAnswer:
    """Say that it is done; its alarm stays what it is."""
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        made = await close_by_person(conn, id_, author, body.comment)
        await once.keep(conn, 200, made)
        return made
