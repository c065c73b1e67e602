"""The feed as its readers see it: events by position, from one consistent view."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from mes.feed.event import Event
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.feed")
# So many positions are looked through for one page, however few of them are asked for.
SCANNED_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Feed:
    """Which epoch, up to which position events are dropped, and which is the newest."""

    epoch: UUID
    dropped: int
    position: int


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events after a position, and how far the feed was looked through for them."""

    feed: Feed
    events: list[Event]
    scanned_to: int

    @property
    def more(self) -> bool:
        """Whether the feed goes on."""
        return self.scanned_to < self.feed.position


async def read_feed(conn: Connection) -> Feed:
    """Where the feed begins and ends now."""
    row = await (await conn.execute(SQL["feed"].encode())).fetchone()
    assert row is not None  # noqa: S101  - the migration makes the one row
    return Feed(*row)


async def read_events(
    conn: Connection, after: int | None, types: Sequence[str] = (), subject: str | None = None, limit: int = 1000
) -> EventPage:
    """The next events of these types, all where there are none named; `after` None: from the oldest one kept.

    One statement: nothing is numbered or dropped between what it says of the feed and the events that it gives.
    """
    asked = {"after": after, "types": list(types) or None, "subject": subject, "most": limit + 1}
    rows = await (await conn.execute(SQL["events"].encode(), asked | {"scanned": SCANNED_AT_ONCE})).fetchall()
    feed = Feed(*rows[0][:3])
    events = [Event(*row[3:]) for row in rows if row[3] is not None]
    begin = feed.dropped if after is None else after
    scanned_to = min(feed.position, begin + SCANNED_AT_ONCE)
    if len(events) > limit:
        events = events[:limit]
        scanned_to = events[-1].position
    return EventPage(feed, events, max(scanned_to, begin))
