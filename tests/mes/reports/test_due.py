from datetime import UTC, datetime, timedelta

import pytest

from mes.reports.due import is_cron, newest_due, next_due

ZONE = "Asia/Shanghai"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize("text", ["15 14 * * mon-fri", "0 6 1 * *", "*/15 * * * *"])
def test_five_fields_that_come_true_are_a_schedule(text: str) -> None:
    assert is_cron(text)


@pytest.mark.parametrize("text", ["", "15 14 * *", "61 14 * * *", "0 0 31 2 *", "0 15 14 * * mon", "every day"])
def test_what_never_comes_true_is_none(text: str) -> None:
    assert not is_cron(text)


def test_a_schedule_follows_the_clock_of_the_site() -> None:
    assert next_due("15 14 * * *", ZONE, at("2026-11-30T14:15+08:00")) == at("2026-12-01T14:15+08:00")


def test_of_what_was_missed_the_newest_is_made_and_nothing_older_than_a_week() -> None:
    now = at("2026-11-30T15:00+08:00")

    assert newest_due("15 14 * * *", ZONE, now - timedelta(days=3), now) == at("2026-11-30T14:15+08:00")
    assert newest_due("15 14 * * *", ZONE, at("2026-11-30T14:15+08:00"), now) is None
    assert newest_due("0 0 1 11 *", ZONE, at("2026-10-01T00:00+08:00"), now) is None
