"""Audit entries, read: the newest first, each with whether its seal is right."""

import hmac
from dataclasses import dataclass
from datetime import datetime

from mes.feed.audit_mac import mac_of
from mes.feed.models_audit import AuditEntry
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.feed")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries; None: whatever it is. `before`: only those sealed before this position."""

    subject: str | None
    person: str | None
    client: str | None
    from_: datetime | None
    to: datetime | None
    before: int | None
    most: int


async def audit_entries(conn: Connection, wanted: Wanted, key: bytes | None) -> list[AuditEntry]:
    """Sealed entries; those of the last moment have no seal yet. Without `key` the database's own one checks them."""
    row = {
        "subject": wanted.subject,
        "person": wanted.person,
        "client": wanted.client,
        "from": wanted.from_,
        "to": wanted.to,
        "before": wanted.before,
        "most": wanted.most,
    }
    rows = await (await conn.execute(SQL["audit_entries"].encode(), row)).fetchall()
    found = []
    for own_key, mac_before, mac, at, position, *texts, before, after in rows:
        # The first entry follows none; any other one whose predecessor is missing is not intact.
        follows = mac_before is not None or position == 1
        right = follows and hmac.compare_digest(mac_of(key or own_key, mac_before or b"", texts), mac)
        id_, person, client, _, action, subject, _, _ = texts
        found.append(
            AuditEntry(
                position=position,
                id=id_,
                person=person,
                client=client,
                at=at,
                action=action,
                subject=subject,
                before=before,
                after=after,
                intact=right,
            )
        )
    return found
