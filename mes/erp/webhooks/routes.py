"""/api/v1/webhooks: where events are posted to, what waits, and what a person does about it."""

import secrets
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response

from mes.erp.events import cursor as event_cursor
from mes.erp.events.cursor import END
from mes.erp.webhooks.models import (
    DeliveryAnswer,
    NewSecretAnswer,
    ReplayAnswer,
    ReplayBody,
    SkipBody,
    WebhookAnswer,
    WebhookBody,
)
from mes.erp.webhooks.signature import SECRET_BYTES, secret_text
from mes.erp.webhooks.store import (
    add_webhook,
    change_webhook,
    deliveries,
    hold_webhook,
    replay,
    rotate_secret,
    skip,
    webhooks,
)
from mes.erp.webhooks.url import trouble_with
from mes.feed.event import TYPES
from mes.feed.routes_idempotency import OnceRoute, TheOnce
from mes.feed.store_audit import note
from mes.feed.store_events import read_feed
from mes.web import cursor as cursors
from mes.web.access.author import TheAuthor
from mes.web.bounds import PlantId
from mes.web.context import LEND_S, Context, TheContext
from mes.web.cursor import Cursor, Limit
from mes.web.etag import STALE, IfMatch, etag, need_match
from mes.web.models import Page
from mes.web.problems import MEDIA, Problem, ProblemBody, mistake
from runtime.lending import Connection

router = APIRouter(tags=["feed"], route_class=OnceRoute)
WebhookId = Annotated[PlantId, Path(alias="id", description="Chosen by whoever makes it.", examples=["erp"])]
GONE: dict[int | str, dict[str, Any]] = {
    410: {"model": ProblemBody, "description": "Nobody knows what came after the cursor.", "content": {MEDIA: {}}}
}
CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {"model": ProblemBody, "description": "What is there forbids it.", "content": {MEDIA: {}}}
}


@router.get("/webhooks")
async def list_webhooks(context: TheContext) -> Page[WebhookAnswer]:
    """All webhooks, and how much waits for each."""
    async with context.pool.connection(LEND_S) as conn:
        return Page(items=await webhooks(conn), next_cursor=None)


@router.get("/webhooks/{id}")
async def one_webhook(context: TheContext, response: Response, id_: WebhookId) -> WebhookAnswer:
    """One webhook; with the ETag of this version."""
    async with context.pool.connection(LEND_S) as conn:
        found = await _one(conn, id_)
    response.headers["ETag"] = etag(found.version)
    return found


@router.put("/webhooks/{id}", responses=STALE | GONE | CONFLICT)
async def put_webhook(
    context: TheContext,
    response: Response,
    id_: WebhookId,
    body: WebhookBody,
    author: TheAuthor,
    once: TheOnce,
    if_match: IfMatch = None,
) -> NewSecretAnswer:
    """Make or change a webhook. Its secret is told when it is made, and never again."""
    _need_sense(context, body)
    secret = None
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        version = await hold_webhook(conn, id_)
        need_match(if_match, version)
        before = None if version is None else (await _one(conn, id_)).model_dump(mode="json")
        if version is None:
            secret = secrets.token_bytes(SECRET_BYTES)
            if not await add_webhook(conn, id_, body, await _begin(conn, body), secret, author):
                raise Problem(409, f"Webhook '{id_}' is being made at this moment.", "GET it, then change it.")
        elif body.cursor is not None:
            raise mistake("body.cursor", "The webhook is there: leave it out; for older events read /api/v1/events.")
        else:
            await change_webhook(conn, id_, body, author)
        made = await _one(conn, id_)
        await note(conn, author, "put", f"webhook/{id_}", before, made.model_dump(mode="json"))
        told = NewSecretAnswer(**made.model_dump(), secret=None if secret is None else secret_text(secret))
        await once.keep(conn, 200, told)
    response.headers["ETag"] = etag(told.version)
    context.events.tell()
    return told


@router.post("/webhooks/{id}/rotate")
async def rotate(context: TheContext, id_: WebhookId, author: TheAuthor, once: TheOnce) -> NewSecretAnswer:
    """Another secret; for 24 hours the one before signs as well, so that the receiver can change over."""
    secret = secrets.token_bytes(SECRET_BYTES)
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        await _hold(conn, id_)
        await rotate_secret(conn, id_, secret, author)
        await note(conn, author, "rotate", f"webhook/{id_}", None, None)
        told = NewSecretAnswer(**(await _one(conn, id_)).model_dump(), secret=secret_text(secret))
        await once.keep(conn, 200, told)
    return told


@router.get("/webhooks/{id}/deliveries")
async def list_deliveries(
    context: TheContext,
    id_: WebhookId,
    state: Annotated[Literal["waiting", "sent", "parked", "skipped"] | None, Query(description="Only these.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[DeliveryAnswer]:
    """Events on their way to a webhook, in the order of the feed, with the last answer."""
    after = 0 if cursor is None else cursors.decode("deliveries", cursor)
    async with context.pool.connection(LEND_S) as conn:
        await _one(conn, id_)
        found = await deliveries(conn, id_, state, after, limit + 1)
    more = cursors.encode("deliveries", found[limit - 1].position) if len(found) > limit else None
    return Page(items=found[:limit], next_cursor=more)


@router.post("/webhooks/{id}/replay")
async def replay_parked(
    context: TheContext, id_: WebhookId, body: ReplayBody, author: TheAuthor, once: TheOnce
) -> ReplayAnswer:
    """Try parked deliveries again, and with them what waits behind; only these: older events are read by cursor."""
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        await _hold(conn, id_)
        told = ReplayAnswer(positions=await replay(conn, id_, body.positions))
        await note(conn, author, "replay", f"webhook/{id_}", None, told.model_dump())
        await once.keep(conn, 200, told)
    context.events.tell()
    return told


@router.post("/webhooks/{id}/skip", responses=CONFLICT)
async def skip_parked(
    context: TheContext, id_: WebhookId, body: SkipBody, author: TheAuthor, once: TheOnce
) -> WebhookAnswer:
    """Never send a parked delivery, with the reason on record; what waits behind it goes."""
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        await _hold(conn, id_)
        if not await skip(conn, id_, body.position):
            cure = f"GET /api/v1/webhooks/{id_}/deliveries?state=parked lists those that are."
            raise Problem(409, f"Delivery {body.position} is not parked.", cure)
        await note(conn, author, "skip", f"webhook/{id_}", None, body.model_dump())
        told = await _one(conn, id_)
        await once.keep(conn, 200, told)
    context.events.tell()
    return told


def _need_sense(context: Context, body: WebhookBody) -> None:
    settings = context.settings
    trouble = trouble_with(body.url, settings.webhook_hosts, plaintext_allowed=settings.plaintext_allowed)
    if trouble is not None:
        raise mistake("body.url", trouble)
    for place, kind in enumerate(body.types):
        if kind not in TYPES:
            message = f"'{kind}' is no type of event; known are {', '.join(sorted(TYPES))}."
            raise mistake(f"body.types.{place}", message)


async def _begin(conn: Connection, body: WebhookBody) -> int:
    """After which event a new webhook begins."""
    feed = await read_feed(conn)
    if body.cursor is None or body.cursor == END:
        return feed.position
    place = event_cursor.decode(body.cursor, "body.cursor")
    event_cursor.need_alive(place, feed.epoch, feed.dropped, feed.position)
    return place.position


async def _hold(conn: Connection, id_: str) -> None:
    if await hold_webhook(conn, id_) is None:
        raise _nobody(id_)


async def _one(conn: Connection, id_: str) -> WebhookAnswer:
    found = await webhooks(conn, id_)
    if not found:
        raise _nobody(id_)
    return found[0]


def _nobody(id_: str) -> Problem:
    return Problem(404, f"There is no webhook '{id_}'.", "PUT it to make it; GET /api/v1/webhooks lists all.")
