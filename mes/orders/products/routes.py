"""/api/v1/products and /product-versions, with their routings and documents."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Header, Path, Query, Request, Response

from mes.feed.routes_idempotency import OnceRoute, TheOnce
from mes.orders.products import store_versions as versions
from mes.orders.products.models import (
    ChangeVersionBody,
    DocumentAnswer,
    ProductAnswer,
    ProductBody,
    ReleaseVersionBody,
    VersionAnswer,
    VersionBody,
)
from mes.orders.products.store import of_plant_file, product_of, products, put_product
from mes.orders.routes import CONFLICT
from mes.orders.store_operations import Refused
from mes.web import cursor as cursors
from mes.web.access.author import TheAuthor
from mes.web.bounds import ONE_LINE
from mes.web.context import LEND_S, TheContext
from mes.web.cursor import Cursor, Limit
from mes.web.etag import STALE, IfMatch, etag
from mes.web.models import Page
from mes.web.problems import Problem, mistake
from mes.web.quantity import Number

router = APIRouter(tags=["products"], route_class=OnceRoute)
VersionId = Annotated[UUID, Path(alias="id", description="As GET /api/v1/product-versions lists it.")]
FileName = Annotated[str, Query(min_length=1, max_length=120, pattern=ONE_LINE, examples=["drawing.pdf"])]
Sha256 = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", max_length=64)]
MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}")
FILE = {"type": "string", "format": "binary", "maxLength": 20 * 2**20}
ANY_BYTES = {"requestBody": {"required": True, "content": {"*/*": {"schema": FILE}}}}
A_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The document.", "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}},
    304: {"description": "It is the one that the caller has."},
}


@router.get("/products")
async def list_products(
    context: TheContext,
    response: Response,
    number: Annotated[Number | None, Query(description="Only this one; with its ETag.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[ProductAnswer]:
    """Products: those of the plant file on the first page, then those of the table as they were made."""
    after = 0 if cursor is None else cursors.decode("products", cursor)
    async with context.pool.connection(LEND_S) as conn:
        in_file = [] if cursor is not None else await of_plant_file(conn, context.plant)
        if number is not None:
            own = await product_of(conn, number)
            if own is not None and own.version is not None:
                response.headers["ETag"] = etag(own.version)
            found = [own] if own else [one for one in in_file if one.number == number]
            return Page(items=found, next_cursor=None)
        listed = await products(conn, after, limit + 1)
    next_ = cursors.encode("products", listed[limit - 1][0]) if len(listed) > limit else None
    return Page(items=[*in_file, *(one for _, one in listed[:limit])], next_cursor=next_)


@router.put("/products", responses=CONFLICT | STALE)
async def put(
    context: TheContext,
    response: Response,
    author: TheAuthor,
    body: ProductBody,
    once: TheOnce,
    if_match: IfMatch = None,
) -> ProductAnswer:
    """Make a product or change it; sending it twice is sending it once. It needs no restart and no plant file."""
    async with context.pool.connection(LEND_S) as conn, conn.transaction(), _refusals():
        await once.begin(conn)
        product, _ = await put_product(conn, body, author, if_match)
        await once.keep(conn, 200, product)
    response.headers["ETag"] = etag(product.version or 0)
    return product


@router.get("/product-versions")
async def list_versions(
    context: TheContext,
    product: Annotated[Number | None, Query(description="Only of this product.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[VersionAnswer]:
    """Versions with routing and documents, the newest first; last those of the plant file, one for each product."""
    before = None if cursor is None else cursors.decode("product-versions", cursor)
    async with context.pool.connection(LEND_S) as conn:
        found = await versions.versions(conn, product, before, limit + 1)
        in_file = [] if len(found) > limit else await of_plant_file(conn, context.plant)
    next_ = cursors.encode("product-versions", found[limit - 1][0]) if len(found) > limit else None
    last = [versions.of_plant_file(one.number) for one in in_file if product in (None, one.number)]
    return Page(items=[*(one for _, one in found[:limit]), *last], next_cursor=next_)


@router.get("/product-versions/{id}")
async def one_version(context: TheContext, response: Response, id_: VersionId) -> VersionAnswer:
    """One version; with its ETag."""
    async with context.pool.connection(LEND_S) as conn:
        found = await versions.version_of(conn, id_)
    response.headers["ETag"] = etag(found.version or 0)
    return found


@router.post("/product-versions", status_code=201, responses=CONFLICT)
async def draft_version(
    context: TheContext, response: Response, author: TheAuthor, body: VersionBody, once: TheOnce
) -> VersionAnswer:
    """A new version as a draft, with its routing; no order is made by it before it is released."""
    async with context.pool.connection(LEND_S) as conn, conn.transaction(), _refusals():
        await once.begin(conn)
        made = await versions.add_version(conn, context.plant, body, author)
        await once.keep(conn, 201, made)
    response.headers["ETag"] = etag(made.version or 0)
    return made


@router.put("/product-versions/{id}", responses=CONFLICT | STALE)
async def change_version(
    context: TheContext,
    response: Response,
    author: TheAuthor,
    id_: VersionId,
    body: ChangeVersionBody,
    once: TheOnce,
    if_match: IfMatch = None,
) -> VersionAnswer:
    """Change a draft; what is released never changes."""
    async with context.pool.connection(LEND_S) as conn, conn.transaction(), _refusals():
        await once.begin(conn)
        changed = await versions.change_version(conn, context.plant, id_, body, author, if_match)
        await once.keep(conn, 200, changed)
    response.headers["ETag"] = etag(changed.version or 0)
    return changed


@router.post("/product-versions/{id}/release", responses=CONFLICT)
async def release_version(
    context: TheContext, author: TheAuthor, id_: VersionId, once: TheOnce, body: ReleaseVersionBody | None = None
) -> VersionAnswer:
    """Orders are made by it from now on, in its range; with `replaces` another one is retired at the same moment."""
    async with context.pool.connection(LEND_S) as conn, conn.transaction(), _refusals():
        await once.begin(conn)
        released = await versions.release_version(conn, id_, None if body is None else body.replaces, author)
        await once.keep(conn, 200, released)
        return released


@router.post("/product-versions/{id}/retire")
async def retire_version(context: TheContext, author: TheAuthor, id_: VersionId, once: TheOnce) -> VersionAnswer:
    """No order is made by it any more; what was released by it keeps its method."""
    async with context.pool.connection(LEND_S) as conn, conn.transaction(), _refusals():
        await once.begin(conn)
        retired = await versions.retire_version(conn, id_, author)
        await once.keep(conn, 200, retired)
        return retired


@router.post("/product-versions/{id}/documents", status_code=201, responses=CONFLICT, openapi_extra=ANY_BYTES)
async def upload(
    context: TheContext, request: Request, author: TheAuthor, id_: VersionId, name: FileName, once: TheOnce
) -> DocumentAnswer:
    """A drawing or work instruction for a draft: the body is the file itself, at most 20 MiB, with its Content-Type."""
    content = await request.body()
    if not content:
        raise mistake("body", "Is empty: send the file itself.")
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not MEDIA_TYPE.fullmatch(media_type):
        raise mistake("header.Content-Type", "Say what the file is, such as application/pdf.")
    async with context.pool.connection(LEND_S) as conn, conn.transaction(), _refusals():
        await once.begin(conn)
        made = await versions.attach(conn, id_, name, media_type, content, author)
        await once.keep(conn, 201, made)
        return made


@router.get("/product-versions/{id}/documents/{sha256}", response_class=Response, responses=A_FILE)
async def download(
    context: TheContext,
    id_: VersionId,
    sha256: Sha256,
    if_none_match: Annotated[str | None, Header(max_length=1000)] = None,
) -> Response:
    """A document as it was uploaded; browsers save it and never show it as a page of this site."""
    async with context.pool.connection(LEND_S) as conn:
        name, media_type, content = await versions.document_of(conn, id_, sha256)
    headers = {
        "ETag": f'"{sha256}"',
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
    }
    if if_none_match is not None and f'"{sha256}"' in if_none_match:
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=media_type)


@asynccontextmanager
async def _refusals() -> AsyncIterator[None]:
    try:
        yield
    except Refused as refused:
        raise Problem(409, refused.detail, refused.cure) from refused
