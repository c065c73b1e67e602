"""Makes each scheduled report when it is due; alerts sends it."""

import asyncio
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import structlog

from config.plant import Plant
from contract.sample import to_us
from mes.calendar.store import read_calendar
from mes.reports.due import newest_due
from mes.reports.models import ReportScheduleAnswer
from mes.reports.store import forget_documents, keep_document, schedules
from mes.screens.home.render import names_of
from mes.screens.report.period import finished
from mes.screens.report.render import title_of
from mes.web.problems import Problem
from mes.web.words import words
from mes.web.workers import Workers
from runtime.lending import Connection
from runtime.only_one import OnlyOne
from runtime.settings import Settings

log = structlog.get_logger()
LOCK = 0x525054  # "RPT": only one makes the reports
LOOK_EVERY_S = 10.0
TIDY_EVERY_S = 3600.0
# A month of a large plant on paper takes longer than what a person waits for.
BUDGET_S = 120.0
NAME = re.compile(r'filename="([^"]+)"')


class ReportsLoop:
    """One of all mes processes on a database makes them; the others stand by."""

    def __init__(self, settings: Settings, plant: Plant, beat: Callable[[], None]) -> None:
        self.settings, self.plant = settings, plant
        self._only = OnlyOne("reports", settings.need_database(), LOCK, beat)
        self._workers = Workers(settings, plant, 1, BUDGET_S)
        self._told: set[tuple[object, datetime]] = set()

    async def run(self) -> None:
        """Until it is cancelled."""
        try:
            await self._only.run(self._follow)
        finally:
            await self._workers.close()

    def lost(self) -> None:
        """The database does not answer: what waits for it is told now."""
        self._only.lost()

    async def _follow(self, conn: Connection) -> None:
        await conn.set_autocommit(True)
        tidied = -TIDY_EVERY_S
        while True:
            self._only.beat()
            for schedule in await schedules(conn, self.plant.site.zone):
                if schedule.active:
                    await self._make(conn, schedule)
            if time.monotonic() - tidied > TIDY_EVERY_S:
                await forget_documents(conn)
                tidied = time.monotonic()
            self._only.guard.works()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _make(self, conn: Connection, schedule: ReportScheduleAnswer) -> None:
        """The report that is due, if one is; one that cannot be made is told and tried again with the next look."""
        now, site = datetime.now(UTC), self.plant.site
        since = max(schedule.at, schedule.last_due or schedule.at)
        due = newest_due(schedule.cron, site.zone, since, now)
        if due is None:
            return
        calendar = await read_calendar(conn, site)
        period = finished(calendar, schedule.period, to_us(due))
        names = names_of(self.plant) | {site.id: site.name}
        if period is None or schedule.equipment not in names:
            self._refused(schedule, due, "there is no such period, or the equipment is not in the plant file")
            return
        query = f"equipment={schedule.equipment}&{period.query}"
        asked = f"{query}&{urlencode({'lang': schedule.language, 'format': schedule.format})}"
        try:
            answer = await self._workers.told({"path": "/report", "query_string": asked.encode()})
        except Problem as err:
            self._refused(schedule, due, str(err.detail))
            return
        if answer["status"] != 200:
            self._refused(schedule, due, f"the report answers {answer['status']}")
            return
        headers = {name.decode().lower(): value.decode() for name, value in answer["headers"]}
        subject = f"{names[schedule.equipment].en if schedule.language == 'en' else names[schedule.equipment].zh} · "
        subject += title_of(period, schedule.language)
        file_name = NAME.search(headers.get("content-disposition", ""))
        await keep_document(
            conn,
            {
                "schedule": schedule.id,
                "due": due,
                "subject": subject,
                "body": self._body(schedule, query, subject),
                "file_name": file_name[1] if file_name else f"report.{schedule.format}",
                "media_type": headers["content-type"].split(";")[0],
                "content": answer["body"],
                "recipients": list(schedule.recipients),
                "as_of": now,
            },
        )
        log.info("report_made", schedule=str(schedule.id), due=due.isoformat(), bytes=len(answer["body"]))

    def _body(self, schedule: ReportScheduleAnswer, query: str, subject: str) -> str:
        w = words(schedule.language)
        made = f"{datetime.now(ZoneInfo(self.plant.site.zone)):%Y-%m-%d %H:%M}"
        link = f"\n{self.settings.public_url}/report?{query}" if self.settings.public_url else ""
        return w["report.mail"].format(subject, made, schedule.name) + link + "\n"

    def _refused(self, schedule: ReportScheduleAnswer, due: datetime, reason: str) -> None:
        if (schedule.id, due) not in self._told:
            self._told.add((schedule.id, due))
            cure = "look at /report/schedules; it is tried again until the next one is due"
            log.warning("report_not_made", schedule=str(schedule.id), due=due.isoformat(), reason=reason, cure=cure)
