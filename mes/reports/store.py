"""Report schedules and their documents in the database."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row

from mes.feed.store_audit import note
from mes.reports.due import next_due
from mes.reports.models import ReportScheduleAnswer, ReportScheduleBody
from mes.web.access.author import Author
from mes.web.problems import Problem
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.reports")


async def put_schedule(
    conn: Connection, zone: str, id_: UUID, body: ReportScheduleBody, author: Author
) -> ReportScheduleAnswer:
    """The schedule; what says the same as before is no new version."""
    await conn.execute(SQL["stand_alone"].encode())
    before = next(iter(await schedules(conn, zone, id_)), None)
    said = body.model_dump()
    if before is not None and all(getattr(before, name) == value for name, value in said.items()):
        return before
    await conn.execute(SQL["put"].encode(), said | {"id": id_, "person": author.person, "client": author.client})
    made = await schedule_of(conn, zone, id_)
    was = None if before is None else before.model_dump(mode="json")
    await note(conn, author, "report_schedule.changed", f"report_schedule/{id_}", was, made.model_dump(mode="json"))
    return made


async def schedules(conn: Connection, zone: str, id_: UUID | None = None) -> list[ReportScheduleAnswer]:
    """All schedules as they hold now, by name."""
    now = datetime.now(UTC)
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(SQL["schedules"].encode(), {"id": id_})
        rows = await cursor.fetchall()
    return [
        ReportScheduleAnswer(**row, next_due=next_due(row["cron"], zone, now) if row["active"] else None)
        for row in rows
    ]


async def schedule_of(conn: Connection, zone: str, id_: UUID) -> ReportScheduleAnswer:
    """One schedule, or a Problem 404."""
    found = await schedules(conn, zone, id_)
    if not found:
        raise Problem(404, f"There is no report schedule {id_}.", "GET /api/v1/report-schedules lists them.")
    return found[0]


async def keep_document(conn: Connection, document: Mapping[str, Any]) -> None:
    """A report that waits to be sent."""
    await conn.execute(SQL["keep_document"].encode(), document)


async def forget_documents(conn: Connection) -> None:
    """Those of more than a week ago."""
    await conn.execute(SQL["forget_documents"].encode())
