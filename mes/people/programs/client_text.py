"""A program that may use the API, and what `shopfloor client list` prints of it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Client:
    """A program: its scopes, how many of its keys are good, and when the last of these ends (None: never)."""

    name: str
    scopes: tuple[str, ...]
    revoked_at: datetime | None
    good_keys: int
    expires_at: datetime | None


def table_of(clients: Iterable[Client]) -> str:
    """A line for each program; a sentence where there is none."""
    rows = [("NAME", "GOOD KEYS", "UNTIL", "SCOPES")]
    rows += [(one.name, str(one.good_keys), _until(one), ",".join(one.scopes)) for one in clients]
    if len(rows) == 1:
        return "no program has a key: `shopfloor client add NAME --scopes read` makes one. 还没有程序拥有密钥。"
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join("  ".join([*(row[n].ljust(widths[n]) for n in range(3)), row[3]]) for row in rows)


def _until(client: Client) -> str:
    if client.revoked_at is not None:
        return f"revoked {_instant(client.revoked_at)}"
    if not client.good_keys:
        return "all have ended"
    return "no end" if client.expires_at is None else _instant(client.expires_at)


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
