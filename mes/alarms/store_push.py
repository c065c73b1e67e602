"""The browsers that want messages of alarms pushed, and the key by which push services know us."""

import base64

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from runtime.database import queries
from runtime.lending import Connection

SQL = {name: text.encode() for name, text in queries("mes.alarms", "queries_push.sql").items()}


async def public_key(conn: Connection) -> str:
    """What a browser needs to subscribe; made at the first request."""
    row = await (await conn.execute(SQL["push_key"])).fetchone()
    if row is None:
        await conn.execute(SQL["make_push_key"], _new_key())
        row = await (await conn.execute(SQL["push_key"])).fetchone()
    return str(row[0]) if row else ""


async def subscribe(conn: Connection, endpoint: str, p256dh: str, auth: str, language: str, person: str | None) -> None:
    """From now on this browser gets what its person, or a group, is sent."""
    row = {"endpoint": endpoint, "p256dh": p256dh, "auth": auth, "language": language, "person": person}
    await conn.execute(SQL["subscribe"], row)


async def unsubscribe(conn: Connection, endpoint: str) -> None:
    """From now on it gets nothing."""
    await conn.execute(SQL["unsubscribe"], {"endpoint": endpoint})


def _new_key() -> dict[str, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return {"private": _text(key.private_numbers().private_value.to_bytes(32, "big")), "public": _text(public)}


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
