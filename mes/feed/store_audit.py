"""Who did what: an audit entry is written in the transaction of the act."""

import json
import os
import time
from collections.abc import Mapping
from typing import Any

from mes.feed.event import RANDOM_BYTES, time_ordered_id
from mes.web.access.author import Author
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.feed")


async def note(
    conn: Connection,
    author: Author,
    action: str,
    subject: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> None:
    """Write one entry in the caller's transaction. `before` and `after` hold no secrets: they are kept for good."""
    row = {
        "id": time_ordered_id(time.time_ns() // 1_000_000, os.urandom(RANDOM_BYTES)),
        "person": author.person,
        "client": author.client,
        "action": action,
        "subject": subject,
        "before": _json(before),
        "after": _json(after),
    }
    await conn.execute(SQL["note"].encode(), row)


def _json(document: Mapping[str, Any] | None) -> str | None:
    return None if document is None else json.dumps(document, ensure_ascii=False, allow_nan=False)
