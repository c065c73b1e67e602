"""A report that is due is made once, of the last period that has ended, and waits to be sent."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg

from contract.sample import State, to_us
from mes.screens.report.reports_loop import ReportsLoop
from tests.mes.erp.plants import settings, tape
from tests.mes.screens.lines import HOUR, plant
from tests.support.eventually import eventually


def schedule(database: str, name: str, equipment: str) -> None:
    """One that was due within the last minutes, and was made before."""
    due = datetime.now(UTC) - timedelta(minutes=2)
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute(
            "INSERT INTO report_schedule (id, version, name, equipment, period, cron, language, format, recipients,"
            " client, at) VALUES (%s, 1, %s, %s, 'day', %s, 'en', 'csv', '{wang@example.com}', 'api', %s)",
            (uuid4(), name, equipment, f"{due.minute} {due.hour} * * *", due - timedelta(hours=1)),
        )


def documents(database: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database) as conn:
        return conn.execute(
            "SELECT subject, file_name, media_type, content, recipients FROM report_document"
        ).fetchall()


async def test_a_report_that_is_due_is_made_once_and_another_that_cannot_be_made_stops_nothing(database: str) -> None:
    now = to_us(datetime.now(UTC))
    tape(database, "press-1", (now - 50 * HOUR, State.RUNNING), (now, State.NO_DATA))
    schedule(database, "a machine that is gone", "press-99")
    schedule(database, "day", "press-1")
    loop = ReportsLoop(settings(database), plant(), lambda: None)
    running = asyncio.create_task(loop.run())
    try:
        await asyncio.to_thread(eventually, "a report", lambda: len(documents(database)) == 1, 40)
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    ((subject, file_name, media_type, content, recipients),) = documents(database)
    yesterday = (datetime.now(UTC) - timedelta(days=1, minutes=2)).date()
    assert str(subject).startswith("Press 1 · ")
    assert file_name == f"report-press-1-day-{yesterday.isoformat()}.csv"
    assert (media_type, recipients) == ("text/csv", ["wang@example.com"])
    assert b"kpi,press-1,oee" in bytes(content)  # type: ignore[call-overload]  # of the database
