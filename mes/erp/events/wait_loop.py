"""A long poll: the next page of the feed, waited for where there is nothing yet."""

import time
from dataclasses import dataclass

from mes.erp.events.cursor import Place, need_alive
from mes.feed.store_events import EventPage, read_events, read_feed
from mes.web.context import LEND_S, Context

# Another process may number: its news does not come here.
LOOK_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Question:
    """Which events a reader wants, all types where none is named."""

    types: list[str]
    subject: str | None
    limit: int


async def page_at_end(context: Context) -> EventPage:
    """No events, and where the feed ends now."""
    async with context.pool.connection(LEND_S) as conn:
        feed = await read_feed(conn)
    return EventPage(feed, [], feed.position)


async def next_page(context: Context, place: Place | None, question: Question, wait_s: float) -> EventPage:
    """The page after a place, from the oldest event kept where it is None; without events after `wait_s`."""
    until = time.monotonic() + wait_s
    while True:
        seen = context.events.number
        page = await _page(context, place, question)
        left = until - time.monotonic()
        if page.events or page.more or left <= 0:
            return page
        place = Place(page.feed.epoch, page.scanned_to)
        # No connection is held meanwhile.
        await context.events.wait(seen, min(left, LOOK_EVERY_S))


async def _page(context: Context, place: Place | None, question: Question) -> EventPage:
    after = None if place is None else place.position
    async with context.pool.connection(LEND_S) as conn:
        page = await read_events(conn, after, question.types, question.subject, question.limit)
    if place is not None:
        need_alive(place, page.feed.epoch, page.feed.dropped, page.feed.position)
    return page
