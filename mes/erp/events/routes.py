"""/api/v1/events and /api/v1/consumers: the feed by cursor."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from mes.erp.events import cursor as event_cursor
from mes.erp.events.answer import event_answer
from mes.erp.events.cursor import END, Place
from mes.erp.events.models import ConsumerAnswer, ConsumerBody, EventCursor, EventsAnswer
from mes.erp.events.store_consumers import consumers, hold_consumer, put_consumer
from mes.erp.events.wait_loop import Question, next_page, page_at_end
from mes.feed.event import TYPES
from mes.feed.routes_idempotency import OnceRoute, TheOnce
from mes.feed.store_events import read_feed
from mes.web.access.author import TheAuthor
from mes.web.bounds import ONE_LINE, PlantId
from mes.web.context import LEND_S, TheContext
from mes.web.etag import STALE, IfMatch, etag, need_match
from mes.web.models import Page
from mes.web.problems import MEDIA, Problem, ProblemBody, mistake
from runtime.lending import Connection

router = APIRouter(tags=["feed"], route_class=OnceRoute)
GONE: dict[int | str, dict[str, Any]] = {
    410: {"model": ProblemBody, "description": "Nobody knows what came after the cursor.", "content": {MEDIA: {}}}
}
LONGEST_WAIT_S = 25
ConsumerId = Annotated[PlantId, Path(alias="id", description="Chosen by the program.", examples=["erp"])]


@router.get("/events", responses=GONE)
async def events(
    context: TheContext,
    cursor: Annotated[EventCursor | None, Query(description="Left out: from the oldest event kept.")] = None,
    types: Annotated[
        str | None, Query(max_length=1000, pattern=ONE_LINE, description="Only these, with commas between.")
    ] = None,
    subject: Annotated[str | None, Query(max_length=200, pattern=ONE_LINE, description="Only of this subject.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="Events on a page.")] = 100,
    wait: Annotated[
        int, Query(ge=0, le=LONGEST_WAIT_S, description="Seconds to wait for an event where there is none.")
    ] = 0,
) -> EventsAnswer:
    """Events in the order of the feed: at least once, total order, nothing skipped. `wait` is a long poll."""
    question = Question(_types(types), subject, limit)
    if cursor == END:
        page = await page_at_end(context)
        if wait:
            page = await next_page(context, Place(page.feed.epoch, page.scanned_to), question, wait)
    else:
        place = None if cursor is None else event_cursor.decode(cursor, "query.cursor")
        page = await next_page(context, place, question, wait)
    return EventsAnswer(
        events=[event_answer(event) for event in page.events],
        cursor=event_cursor.encode(Place(page.feed.epoch, page.scanned_to)),
        scanned_to=page.scanned_to,
        more=page.more,
    )


def _types(text: str | None) -> list[str]:
    given = [] if text is None else [one.strip() for one in text.split(",")]
    unknown = [one for one in given if one not in TYPES]
    if unknown:
        raise mistake("query.types", f"'{unknown[0]}' is no type of event; known are {', '.join(sorted(TYPES))}.")
    return given


@router.get("/consumers")
async def list_consumers(context: TheContext) -> Page[ConsumerAnswer]:
    """All programs that say how far they have read, and how far they lag."""
    async with context.pool.connection(LEND_S) as conn:
        return Page(items=await consumers(conn), next_cursor=None)


@router.get("/consumers/{id}")
async def one_consumer(context: TheContext, response: Response, id_: ConsumerId) -> ConsumerAnswer:
    """How far a consumer has read; with the ETag of this version."""
    async with context.pool.connection(LEND_S) as conn:
        found = await consumers(conn, id_)
    if not found:
        raise Problem(404, f"There is no consumer '{id_}'.", "PUT it to make it; GET /api/v1/consumers lists all.")
    response.headers["ETag"] = etag(found[0].version)
    return found[0]


@router.put("/consumers/{id}", responses=GONE | STALE)
async def set_consumer(
    context: TheContext,
    response: Response,
    id_: ConsumerId,
    body: ConsumerBody,
    author: TheAuthor,
    once: TheOnce,
    if_match: IfMatch = None,
) -> ConsumerAnswer:
    """Make a consumer, or set down how far it has read; going back is allowed, and reads again."""
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        await once.begin(conn)
        known = await hold_consumer(conn, id_)
        need_match(if_match, None if known is None else known.version)
        place = await _committed(conn, body, known)
        made = await put_consumer(conn, id_, body.name or (known.name if known else id_), place, author)
        await once.keep(conn, 200, made)
    response.headers["ETag"] = etag(made.version)
    return made


async def _committed(conn: Connection, body: ConsumerBody, known: ConsumerAnswer | None) -> Place:
    """The place that a consumer's new cursor stands for."""
    feed = await read_feed(conn)
    if body.cursor == END:
        return Place(feed.epoch, feed.position)
    if body.cursor is not None:
        place = event_cursor.decode(body.cursor, "body.cursor")
        event_cursor.need_alive(place, feed.epoch, feed.dropped, feed.position)
        return place
    return Place(feed.epoch, feed.dropped) if known is None else event_cursor.decode(known.cursor, "body.cursor")
