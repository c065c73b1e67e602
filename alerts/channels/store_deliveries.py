"""What is to be sent to whom → table delivery, in the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime

import psycopg
from psycopg.rows import TupleRow

from alerts.channels.recipient import Recipient
from runtime.database import queries

POST = queries("alerts.channels", "queries_post.sql")["post"].encode()


def post(
    conn: psycopg.Connection[TupleRow], journal: int, recipients: Sequence[Recipient], at: datetime, high: bool
) -> None:
    """One delivery each, to be sent after the commit; who is to get this entry already gets it once."""
    row = {
        "journal": journal,
        "channels": [one.channel for one in recipients],
        "persons": [one.person for one in recipients],
        "addresses": [one.address for one in recipients],
        "languages": [one.language for one in recipients],
        "at": at,
        "high": high,
    }
    if recipients:
        conn.execute(POST, row)
