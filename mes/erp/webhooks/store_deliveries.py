"""Events on their way to webhooks: planned, tried, and what became of each attempt."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import psycopg
import structlog
from psycopg.rows import TupleRow

from mes.erp.webhooks.answer import Answer, Outcome, delay_s
from mes.feed.event import Event
from runtime.database import queries
from runtime.lending import Connection

log = structlog.get_logger()
SQL = queries("mes.erp.webhooks")
PLANNED_AT_ONCE = 2000
STATES = {Outcome.SENT: "sent", Outcome.RETRY: "waiting", Outcome.PARK: "parked", Outcome.DISABLE: "waiting"}


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event to post now. Address and secrets are in no repr."""

    webhook: str
    position: int
    tries: int
    event: Event
    url: str = field(repr=False)
    secrets: tuple[bytes, ...] = field(repr=False)


async def active(conn: Connection) -> list[str]:
    """Webhooks that events go to."""
    return [row[0] for row in await (await conn.execute(SQL["active"].encode())).fetchall()]


async def plan(conn: Connection, webhook: str) -> bool:
    """The next events as deliveries; True where there are more of them."""
    row = await (await conn.execute(SQL["unplanned"].encode(), {"id": webhook})).fetchone()
    if row is None or not row[0]:
        return False
    if row[1]:
        cure = "they were dropped before they could be sent: reconcile by the lists of the API"
        log.warning("webhook_events_dropped", webhook=webhook, events=row[1], cure=cure)
    async with conn.transaction():
        await conn.execute(SQL["hold_webhook"].encode(), {"id": webhook})
        await conn.execute(SQL["plan_deliveries"].encode(), {"id": webhook, "most": PLANNED_AT_ONCE})
    return True


async def due(conn: Connection, webhook: str, on_the_way: Collection[int], most: int) -> list[Delivery]:
    """Deliveries to try now, at most one of each subject."""
    asked = {"id": webhook, "on_the_way": list(on_the_way), "most": most}
    rows = await (await conn.execute(SQL["due"].encode(), asked)).fetchall()
    found = []
    for position, tries, *event, url, secret, before in rows:
        secrets = tuple(bytes(one) for one in (secret, before) if one is not None)
        found.append(Delivery(webhook, position, tries, Event(*event), url, secrets))
    return found


async def settle(
    conn: Connection, delivery: Delivery, outcome: Outcome, answer: Answer, at: datetime, took: timedelta, share: float
) -> None:
    """Write down an attempt and what became of it. `share` is as of `delay_s`."""
    place = {"id": delivery.webhook, "position": delivery.position}
    delay = None
    if outcome in (Outcome.RETRY, Outcome.DISABLE):
        delay = timedelta(seconds=delay_s(delivery.tries + 1, answer.retry_after_s, share))
    said = {"at": at, "status": answer.status, "answer": answer.text, "duration_us": took // timedelta(microseconds=1)}
    async with conn.transaction():
        await conn.execute(SQL["hold_webhook"].encode(), place)
        await conn.execute(SQL["add_attempt"].encode(), place | said)
        row = place | {"state": STATES[outcome], "delay": delay}
        changed = await (await conn.execute(SQL["settle"].encode(), row)).fetchone()
        if changed is not None and outcome is Outcome.SENT:
            await conn.execute(SQL["release"].encode(), place | {"subject": changed[0]})
        if outcome is Outcome.DISABLE:
            reason = "The receiver answered 410: it wants no more events."
            await conn.execute(SQL["disable"].encode(), place | {"reason": reason})


def forget_deliveries(conn: psycopg.Connection[TupleRow], _now: datetime) -> None:
    """Deliveries of events that are not kept any more go with them; what was never sent is told."""
    with conn.transaction():
        conn.execute(SQL["hold_all"].encode())
        unsent = conn.execute(SQL["forget_deliveries"].encode()).fetchall()
        for webhook, subject, _ in unsent:
            conn.execute(SQL["release"].encode(), {"id": webhook, "subject": subject})
    for webhook in sorted({row[0] for row in unsent}):
        count = sum(row[2] for row in unsent if row[0] == webhook)
        log.warning("webhook_events_dropped", webhook=webhook, events=count, cure="reconcile by the lists of the API")
