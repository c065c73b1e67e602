"""/api/v1/people and /role-grants: who works here, and as what."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from mes.feed.routes_idempotency import OnceRoute, TheOnce
from mes.people import store_people as store
from mes.people.models_people import PersonAnswer, PersonBody, RoleGrantBody
from mes.web import cursor as cursors
from mes.web.access.author import TheAuthor
from mes.web.context import LEND_S, TheContext
from mes.web.cursor import Cursor, Limit
from mes.web.etag import STALE, IfMatch, etag
from mes.web.models import Page
from mes.web.problems import MEDIA, ProblemBody, mistake
from mes.web.quantity import Number

router = APIRouter(tags=["access"], route_class=OnceRoute)
grants = APIRouter(tags=["access"], route_class=OnceRoute)
PersonId = Annotated[UUID, Path(alias="id", description="As GET /api/v1/people lists it.")]
GrantId = Annotated[UUID, Path(alias="id", description="As `role_grants` of a person lists it.")]
CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {"model": ProblemBody, "description": "The person was erased.", "content": {MEDIA: {}}}
}


@router.get("/people")
async def list_people(
    context: TheContext,
    response: Response,
    number: Annotated[Number | None, Query(description="Only this one; with its ETag.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[PersonAnswer]:
    """Persons as they were made, each with its roles; erased ones too, without a name."""
    after = 0 if cursor is None else cursors.decode("people", cursor)
    async with context.pool.connection(LEND_S) as conn:
        found = await store.people(conn, after, limit + 1, number)
    if number is not None and found:
        response.headers["ETag"] = etag(found[0][1].version)
    more = cursors.encode("people", found[limit - 1][0]) if len(found) > limit else None
    return Page(items=[one for _, one in found[:limit]], next_cursor=more)


@router.put("/people", responses=CONFLICT | STALE)
async def put_person(
    context: TheContext,
    response: Response,
    author: TheAuthor,
    body: PersonBody,
    once: TheOnce,
    if_match: IfMatch = None,
) -> PersonAnswer:
    """Make a person or change it, by its number; sending it twice is sending it once."""
    if body.active_to is not None and body.active_to <= body.active_from:
        raise mistake("body.active_to", "Must be later than active_from.")
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        made = await store.put_person(conn, body, if_match, author)
        await once.keep(conn, 200, made)
    response.headers["ETag"] = etag(made.version)
    return made


@router.post("/people/{id}/erase")
async def erase(context: TheContext, author: TheAuthor, id_: PersonId, once: TheOnce) -> PersonAnswer:
    """Erase the name, for good; number and history stay."""
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        made = await store.erase_person(conn, id_, author)
        await once.keep(conn, 200, made)
    return made


@grants.post("/people/{id}/role-grants", status_code=201, responses=CONFLICT)
async def grant(
    context: TheContext, author: TheAuthor, id_: PersonId, body: RoleGrantBody, once: TheOnce
) -> PersonAnswer:
    """Give a person a role at the site or a line."""
    places = [context.plant.site.id, *(line.id for line in context.plant.lines)]
    if body.place not in places:
        raise mistake("body.place", f"Is no site and no line: write one of {', '.join(places)}.")
    if body.from_ is not None and body.to is not None and body.to <= body.from_:
        raise mistake("body.to", "Must be later than 'from'.")
    if body.from_ is None and body.to is not None:
        raise mistake("body.from", "Give it, too, where 'to' is given.")
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        made = await store.grant_role(conn, id_, body, author)
        await once.keep(conn, 201, made)
    return made


@grants.post("/role-grants/{id}/end")
async def end(context: TheContext, author: TheAuthor, id_: GrantId, once: TheOnce) -> PersonAnswer:
    """Take a role away, from now on; it stays on record."""
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        made = await store.end_grant(conn, id_, author)
        await once.keep(conn, 200, made)
    return made
