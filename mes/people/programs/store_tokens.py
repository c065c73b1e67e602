"""Tokens of an hour: given for a key, found by their hash, deleted some time after their end."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from psycopg.rows import TupleRow

from mes.people import secrets_text
from mes.people.programs.token_request import Refused, TokenRequest, granted
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.people.programs")
LIFE = timedelta(hours=1)
KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Token:
    """What its holder is told, this once."""

    text: str
    scopes: frozenset[str]
    expires_in_s: int


async def give_token(conn: Connection, asked: TokenRequest) -> Token:
    """A token for a key that is good, Refused otherwise; it ends with the key at the latest."""
    row = await (await conn.execute(SQL["key_holder"].encode(), {"hash": secrets_text.hash_of(asked.key)})).fetchone()
    if row is None or row[1] != asked.name:
        raise Refused("invalid_client", "This key is not known, has expired or was revoked, or is another program's.")
    scopes = granted(frozenset(row[2]), asked.scopes)
    text = secrets_text.text_of("token", secrets.token_bytes(secrets_text.RANDOM_BYTES))
    added = {"hash": secrets_text.hash_of(text), "key": row[0], "scopes": sorted(scopes), "life": LIFE}
    made = await (await conn.execute(SQL["add_token"].encode(), added)).fetchone()
    assert made is not None  # noqa: S101  - keys are never deleted
    return Token(text, scopes, made[0])


def forget_tokens(conn: psycopg.Connection[TupleRow], now: datetime) -> None:
    """Tokens that ended a day ago."""
    conn.execute(SQL["forget_tokens"].encode(), {"before": now - KEPT})
