"""Links in messages by which somebody acknowledges an alarm without logging in: each acts once."""

from dataclasses import dataclass, field
from datetime import datetime

from mes.alarms.models import AlarmAnswer
from mes.alarms.store import act, alarms
from mes.feed.store_idempotency import Once
from mes.web.context import LEND_S, Context
from runtime.action_link import ActionLink, LinkExpired, read
from runtime.database import queries
from runtime.lending import Connection

SQL = {name: text.encode() for name, text in queries("mes.alarms", "queries_links.sql").items()}


class LinkUsed(Exception):
    """Somebody has used this link before."""


@dataclass(frozen=True, slots=True)
class LinkNow:
    """What a link is for, and whether it still acts; `trouble` is a word of the page, empty while it does."""

    link: ActionLink | None = None
    alarm: AlarmAnswer | None = None
    trouble: str = ""
    used_by: str = ""
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class UsedOnce(Once):
    """Makes the use of a link part of the change that it asks for."""

    link: ActionLink = field(default_factory=lambda: ActionLink(0, 0, None))
    by: str = ""

    async def begin(self, conn: Connection) -> None:
        """LinkUsed where it was used before."""
        row = {"delivery": self.link.delivery, "action": self.link.action, "alarm": self.link.alarm}
        used = await conn.execute(SQL["use_link"], row | {"person": self.link.person, "by": self.by})
        if await used.fetchone() is None:
            raise LinkUsed


async def link_now(context: Context, text: str) -> LinkNow:
    """What a link in a message is good for; looking at it changes nothing."""
    async with context.pool.connection(LEND_S) as conn:
        key = await (await conn.execute(SQL["action_key"])).fetchone()
        try:
            link = read(bytes(key[0]), text) if key else None
        except LinkExpired:
            return LinkNow(trouble="ack_link.expired")
        found = await alarms(conn, id_=link.alarm) if link is not None else []
        if link is None or not found:
            return LinkNow(trouble="ack_link.unknown")
        row = {"delivery": link.delivery, "action": link.action}
        used = await (await conn.execute(SQL["used_link"], row)).fetchone()
    if used is not None:
        return LinkNow(link, found[0], "ack_link.used", used[0], used[1])
    return LinkNow(link, found[0], "ack_link.done" if found[0].acked else "")


async def use_link(context: Context, link: ActionLink, by: str) -> bool:
    """Acknowledge by a link; False when alerts has not acted within two seconds, LinkUsed when it was used before."""
    once = UsedOnce("", None, b"", link, by)
    _, done = await act(context, link.alarm, "acknowledge", by, "", once=once)
    return done
