"""/api/v1/sign-ons: who works at which station, from and until."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request

from mes.people import store_sign_on as store
from mes.people.models_sign_on import SignOnAnswer, SignOnBody
from mes.people.store_stations import station_of
from mes.web import cursor as cursors
from mes.web.access.access import source
from mes.web.access.author import TheAuthor
from mes.web.access.holder import Station
from mes.web.bounds import Instant
from mes.web.context import LEND_S, Context, TheContext
from mes.web.cursor import Cursor, Limit
from mes.web.models import Page
from mes.web.problems import Problem, mistake

router = APIRouter(tags=["access"])
SignOnId = Annotated[UUID, Path(alias="id", description="As GET /api/v1/sign-ons lists it.")]


@router.get("/sign-ons")
async def list_sign_ons(
    request: Request,
    context: TheContext,
    open_: Annotated[bool | None, Query(alias="open", description="Only who is signed on, or only who is not.")] = None,
    station: Annotated[UUID | None, Query(description="Only at this station.")] = None,
    from_: Annotated[Instant | None, Query(alias="from", description="Only what lasted after this.")] = None,
    to: Annotated[Instant | None, Query(description="Only what began before this.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[SignOnAnswer]:
    """Sign-ons as they were made; a station is told its own only."""
    after = 0 if cursor is None else cursors.decode("sign-ons", cursor)
    here = _here(request, context)
    at = here.id if here else station
    async with context.pool.connection(LEND_S) as conn:
        found = await store.sign_ons(conn, after, limit + 1, station=at, open_=open_, from_=from_, to=to)
    more = cursors.encode("sign-ons", found[limit - 1][0]) if len(found) > limit else None
    return Page(items=[one for _, one in found[:limit]], next_cursor=more)


@router.post("/sign-ons", status_code=201)
async def sign_on(request: Request, context: TheContext, body: SignOnBody) -> SignOnAnswer:
    """Sign on at a station by badge, or by number and PIN; signing on twice is signing on once.

    It takes no Idempotency-Key: what is kept for one would hold a hash of the PIN.
    """
    station = _here(request, context)
    if station is None and body.station is None:
        raise mistake("body.station", "Name it, or register this browser at /station.")
    context.access.need_patience(request)
    try:
        person, number, method = await store.prove(context.pool, body, source(request))
    except Problem as err:
        if err.status == 401:
            context.access.wrong_key(request)
        raise
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        if station is None:
            assert body.station is not None  # noqa: S101  - looked at above
            station = await station_of(conn, body.station)
        made = await store.sign_on(conn, station, person, number, method)
    context.access.forget(request)
    return made


@router.post("/sign-ons/{id}/end")
async def sign_off(request: Request, context: TheContext, author: TheAuthor, id_: SignOnId) -> SignOnAnswer:
    """Sign somebody off, from now on; signing off twice is signing off once. A station ends its own only."""
    station = _here(request, context)
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        ended = await store.sign_off(conn, id_, station.id if station else None, author)
    context.access.forget(request)
    return ended


def _here(request: Request, context: Context) -> Station | None:
    holder = context.access.holder(request)
    return None if holder is None else holder.station
