"""What was never sent and is not kept any more is told, and what stands behind it goes."""

from datetime import UTC, datetime

import structlog
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from mes.erp.webhooks.models import WebhookBody
from mes.erp.webhooks.store import add_webhook
from mes.erp.webhooks.store_deliveries import due, forget_deliveries, plan
from mes.feed.store_outbox import tell
from mes.feed.store_sequencer import number_events
from mes.web.access.author import Author
from runtime.database import connect
from tests.mes.house import reading

BODY = WebhookBody(name="ERP", url="https://erp.example/")


async def made(conn: AsyncConnection[TupleRow], *subjects: str) -> None:
    async with conn.transaction():
        await add_webhook(conn, "erp", BODY, 0, b"s" * 32, Author(None, "api"))
    await told(conn, *subjects)


async def told(conn: AsyncConnection[TupleRow], *subjects: str) -> None:
    for subject in subjects:
        await tell(conn, "order.changed", subject, {})
    await number_events(conn)


async def test_of_each_subject_the_first_goes_and_the_others_wait(database: str) -> None:
    async with reading(database) as conn:
        await made(conn, "order/1", "order/2", "order/1")
        more = [await plan(conn, "erp"), await plan(conn, "erp")]
        await told(conn, "order/1", "order/3")
        await plan(conn, "erp")

        found = await due(conn, "erp", [], 10)

    assert more == [True, False]
    assert [(one.position, one.event.subject) for one in found] == [(1, "order/1"), (2, "order/2"), (5, "order/3")]
    assert "s" * 32 not in repr(found)
    assert "erp.example" not in repr(found)


async def test_what_is_not_kept_any_more_holds_up_nothing_and_is_told(database: str) -> None:
    async with reading(database) as conn:
        await made(conn, "order/1", "order/2", "order/1")
        await plan(conn, "erp")
        await conn.execute("UPDATE feed SET dropped = 1")
        with structlog.testing.capture_logs() as logs, connect(database, "mes") as tidy:
            forget_deliveries(tidy, datetime.now(UTC))
            forget_deliveries(tidy, datetime.now(UTC))

        found = await due(conn, "erp", [], 10)

    assert sorted(one.position for one in found) == [2, 3]
    assert [(one["event"], one["webhook"], one["events"]) for one in logs] == [("webhook_events_dropped", "erp", 1)]


async def test_a_webhook_that_slept_too_long_is_told_what_it_has_missed(database: str) -> None:
    async with reading(database) as conn:
        await made(conn, "order/1", "order/2", "order/3")
        await conn.execute("DELETE FROM outbox_event WHERE position <= 2")
        await conn.execute("UPDATE feed SET dropped = 2")
        with structlog.testing.capture_logs() as logs:
            await plan(conn, "erp")

        found = await due(conn, "erp", [], 10)

    assert [one.position for one in found] == [3]
    assert [(one["event"], one["events"]) for one in logs] == [("webhook_events_dropped", 2)]
