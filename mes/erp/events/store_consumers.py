"""How far each consumer of the feed has come."""

from typing import Any

from mes.erp.events.cursor import Place, encode
from mes.erp.events.models import ConsumerAnswer
from mes.feed.store_events import Feed, read_feed
from mes.web.access.author import Author
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.erp")


async def consumers(conn: Connection, id_: str | None = None) -> list[ConsumerAnswer]:
    """All consumers by id, or one."""
    feed = await read_feed(conn)
    rows = await (await conn.execute(SQL["consumers"].encode(), {"id": id_})).fetchall()
    return [_answer(row, feed) for row in rows]


async def hold_consumer(conn: Connection, id_: str) -> ConsumerAnswer | None:
    """One consumer, that nobody else changes until the transaction ends; None where there is none."""
    feed = await read_feed(conn)
    row = await (await conn.execute(SQL["hold_consumer"].encode(), {"id": id_})).fetchone()
    return None if row is None else _answer(row, feed)


async def put_consumer(conn: Connection, id_: str, name: str, place: Place, author: Author) -> ConsumerAnswer:
    """Set down how far a consumer has come."""
    row = {"id": id_, "name": name, "epoch": place.epoch, "position": place.position}
    await conn.execute(SQL["put_consumer"].encode(), row | {"person": author.person, "client": author.client})
    [found] = await consumers(conn, id_)
    return found


def _answer(row: tuple[Any, ...], feed: Feed) -> ConsumerAnswer:
    id_, name, epoch, position, version, at, client = row
    alive = epoch == feed.epoch and feed.dropped <= position <= feed.position
    return ConsumerAnswer(
        id=id_,
        name=name,
        cursor=encode(Place(epoch, position)),
        position=position,
        lag=feed.position - position if alive else None,
        state="reading" if alive else "gone",
        version=version,
        changed_at=at,
        client=client,
    )
