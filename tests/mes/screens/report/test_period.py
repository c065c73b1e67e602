from datetime import date, datetime

from config.calendar import Calendar, calendar_of
from config.load import parse_plant
from contract.sample import to_us
from mes.screens.report.period import earlier, finished, neighbours, period_of
from tests.mes.screens.lines import HOUR

SHIFTS = """
    - {id: early, name: {en: Early, zh: 早班}, days: [mon, tue, wed, thu, fri], starts: 06:00, ends: 14:00}
    - {id: night, name: {en: Night, zh: 夜班}, days: [mon, tue, wed, thu, fri], starts: 22:00, ends: 06:00}
"""


PLANT = f"""
site:
  id: works
  name: {{en: Works, zh: 工厂}}
  zone: Asia/Shanghai
  shifts: {SHIFTS}
devices: [{{id: plc, edge: edge-1, protocol: modbus, host: 127.0.0.1}}]
lines:
  - id: line-1
    name: {{en: Line 1, zh: 一号线}}
    machines: [{{id: press-1, name: {{en: Press, zh: 压力机}}, device: plc, ideal_cycle: 2s, tags: []}}]
"""


def calendar() -> Calendar:
    """Early and night shift from Monday to Friday, in Shanghai."""
    return calendar_of(parse_plant(PLANT).site)


def instant(text: str) -> int:
    return to_us(datetime.fromisoformat(text))


def test_a_night_shift_belongs_to_the_day_on_which_it_begins() -> None:
    night = period_of(calendar(), "shift", date(2026, 11, 30), "night", 0)

    assert night is not None
    assert night.span == (instant("2026-11-30T22:00+08:00"), instant("2026-12-01T06:00+08:00"))
    assert night.query == "period=shift&day=2026-11-30&shift=night"


def test_without_a_day_it_is_the_newest_shift_that_has_begun() -> None:
    saturday = instant("2026-12-05T12:00+08:00")

    newest = period_of(calendar(), "shift", None, None, saturday)

    assert newest is not None
    assert (newest.day, newest.shift and newest.shift.id) == (date(2026, 12, 4), "night")


def test_before_mondays_early_shift_was_fridays_night_and_nothing_comes_after_what_still_runs() -> None:
    monday = period_of(calendar(), "shift", date(2026, 11, 30), "early", 0)
    assert monday is not None

    before, after = neighbours(calendar(), monday, monday.span[0] + HOUR)

    assert before is not None
    assert (before.day, before.shift and before.shift.id, after) == (date(2026, 11, 27), "night", None)


def test_a_shift_is_compared_with_the_same_shift_on_days_before() -> None:
    monday = period_of(calendar(), "shift", date(2026, 11, 30), "early", 0)
    assert monday is not None

    found = earlier(calendar(), monday, 3)

    assert [one.day for one in found] == [date(2026, 11, 27), date(2026, 11, 26), date(2026, 11, 25)]
    assert {one.shift and one.shift.id for one in found} == {"early"}


def test_a_week_begins_on_monday_and_a_month_has_all_its_days() -> None:
    week = period_of(calendar(), "week", date(2026, 12, 3), None, 0)
    month = period_of(calendar(), "month", date(2026, 2, 14), None, 0)

    assert week is not None
    assert month is not None
    assert (week.day, week.span[1] - week.span[0]) == (date(2026, 11, 30), 7 * 24 * HOUR)
    assert (month.day, month.span[1] - month.span[0]) == (date(2026, 2, 1), 28 * 24 * HOUR)
    assert [one.day for one in earlier(calendar(), month, 2)] == [date(2026, 1, 1), date(2025, 12, 1)]


def test_a_shift_that_the_day_has_not_is_none() -> None:
    assert period_of(calendar(), "shift", date(2026, 11, 29), None, 0) is None
    assert period_of(calendar(), "shift", date(2026, 11, 30), "late", 0) is None


def test_what_has_ended_at_an_instant_is_the_shift_before_the_one_that_runs() -> None:
    during, after = instant("2026-11-30T10:00+08:00"), instant("2026-11-30T14:15+08:00")

    found = [finished(calendar(), "shift", at) for at in (during, after)]

    assert [(one.day, one.shift.id) for one in found if one and one.shift] == [
        (date(2026, 11, 27), "night"),
        (date(2026, 11, 30), "early"),
    ]
