"""Webhooks as people and programs set them up."""

from datetime import timedelta
from typing import Any

from psycopg import errors

from mes.erp.webhooks.models import DeliveryAnswer, WebhookAnswer, WebhookBody
from mes.web.access.author import Author
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.erp.webhooks")
BOTH_SIGN = timedelta(hours=24)
WEBHOOK = (
    *("id", "name", "url", "types", "state", "reason", "both_secrets_until", "position", "version"),
    *("changed_at", "client", "waiting", "parked"),
)


async def webhooks(conn: Connection, id_: str | None = None) -> list[WebhookAnswer]:
    """All webhooks by id, or one."""
    rows = await (await conn.execute(SQL["webhooks"].encode(), {"id": id_})).fetchall()
    return [_answer(row) for row in rows]


async def hold_webhook(conn: Connection, id_: str) -> int | None:
    """Its version; nobody else changes it or its deliveries until the transaction ends. None where there is none."""
    row = await (await conn.execute(SQL["hold_webhook"].encode(), {"id": id_})).fetchone()
    return None if row is None else int(row[0])


async def add_webhook(
    conn: Connection, id_: str, body: WebhookBody, position: int, secret: bytes, author: Author
) -> bool:
    """Make a webhook; False where another request has just made it."""
    row = _row(id_, body, author) | {"position": position, "secret": secret}
    try:
        async with conn.transaction():
            await conn.execute(SQL["add_webhook"].encode(), row)
    except errors.UniqueViolation:
        return False
    return True


async def change_webhook(conn: Connection, id_: str, body: WebhookBody, author: Author) -> None:
    """Change a held webhook."""
    await conn.execute(SQL["change_webhook"].encode(), _row(id_, body, author))


async def rotate_secret(conn: Connection, id_: str, secret: bytes, author: Author) -> None:
    """Another secret for a held webhook; for a day the one before signs as well."""
    row = {"id": id_, "secret": secret, "both": BOTH_SIGN, "person": author.person, "client": author.client}
    await conn.execute(SQL["rotate_secret"].encode(), row)


async def replay(conn: Connection, id_: str, positions: list[int] | None) -> list[int]:
    """Of a held webhook: parked deliveries are tried again; which."""
    rows = await conn.execute(SQL["replay"].encode(), {"id": id_, "positions": positions})
    return sorted(row[0] for row in await rows.fetchall())


async def skip(conn: Connection, id_: str, position: int) -> bool:
    """Of a held webhook: a parked delivery is never sent, and those behind it go; False where it is not parked."""
    found = await (await conn.execute(SQL["skip"].encode(), {"id": id_, "position": position})).fetchone()
    if found is None:
        return False
    await conn.execute(SQL["release"].encode(), {"id": id_, "subject": found[0]})
    return True


async def deliveries(conn: Connection, id_: str, state: str | None, after: int, limit: int) -> list[DeliveryAnswer]:
    """Deliveries after a position, in the order of the feed."""
    asked = {"id": id_, "state": state, "after": after, "most": limit}
    cursor = await conn.execute(SQL["deliveries"].encode(), asked)
    names = ("position", "event", "type", "subject", "state", "tries", "next_at", "tried_at", "status", "answer")
    return [DeliveryAnswer(**dict(zip(names, row, strict=True))) for row in await cursor.fetchall()]


def _row(id_: str, body: WebhookBody, author: Author) -> dict[str, Any]:
    row = {"id": id_, "name": body.name, "url": body.url, "types": sorted(set(body.types)), "state": body.state}
    return row | {"person": author.person, "client": author.client}


def _answer(row: tuple[Any, ...]) -> WebhookAnswer:
    return WebhookAnswer(**dict(zip(WEBHOOK, row, strict=True)))
