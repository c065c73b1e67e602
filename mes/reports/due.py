"""When a scheduled report is due: five fields as cron has them, by the site's clock. Pure."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

# What was missed for longer, while mes was not running, is not made any more; the page still shows any report.
LATEST = timedelta(days=7)
MOST = 100_000


def is_cron(text: str) -> bool:
    """True for five fields that can come true: '15 6 * * *' is each day at 6:15."""
    if len(text.split()) != 5:
        return False
    try:
        next(CronSim(text, datetime(2026, 1, 1, tzinfo=UTC)))
    except (CronSimError, StopIteration):
        return False
    return True


def next_due(cron: str, zone: str, after: datetime) -> datetime | None:
    """The first due instant after another one; None where none comes."""
    found = next(CronSim(cron, after.astimezone(ZoneInfo(zone))), None)
    return None if found is None else found.astimezone(UTC)


def newest_due(cron: str, zone: str, after: datetime, now: datetime) -> datetime | None:
    """The last due instant in (after, now], not older than a week; None where nothing was due."""
    newest = None
    ticks = CronSim(cron, max(after, now - LATEST).astimezone(ZoneInfo(zone)))
    for _, due in zip(range(MOST), ticks, strict=False):
        if due > now:
            break
        newest = due
    return None if newest is None else newest.astimezone(UTC)
