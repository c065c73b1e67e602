"""The calendar: weeks that hold from a day on, and dated exceptions from them."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.calendar import Calendar, Kind, Override, Week, calendar_from
from config.plant import Break, Shift, Site
from config.shifts import day_span, planned_spans, scheduled_spans, shifts_on
from config.zones import zone_rules
from tests.config.test_shifts import BERLIN, HOUR, NAME, THREE, hours, local, shift

TUESDAY = date(2026, 11, 24)
EARLY, LATE, NIGHT = (one.id for one in THREE)


def floor(*overrides: Override, weeks: tuple[Week, ...] = (Week(None, THREE),)) -> Calendar:
    return Calendar(BERLIN, timedelta(hours=8), weeks, {(o.day, o.shift): o for o in overrides})


def of_day(calendar: Calendar, day: date = TUESDAY) -> list[tuple[int, int]]:
    return planned_spans(calendar, *day_span(calendar, day))


def test_a_holiday_works_no_shift_and_leaves_its_neighbours() -> None:
    calendar = floor(Override(TUESDAY, "", Kind.HOLIDAY))

    assert of_day(calendar) == []
    assert hours(of_day(calendar, TUESDAY - timedelta(days=1))) == 24
    assert hours(of_day(calendar, TUESDAY + timedelta(days=1))) == 24


def test_a_cancelled_night_leaves_the_morning_after_free() -> None:
    calendar = floor(Override(TUESDAY, NIGHT, Kind.CANCELLED))

    assert of_day(calendar) == [(local(BERLIN, "2026-11-24 06:00"), local(BERLIN, "2026-11-24 22:00"))]


def test_overtime_moves_the_end_into_the_next_day() -> None:
    calendar = floor(
        Override(TUESDAY, LATE, Kind.OVERTIME, ends=time(1)), weeks=(Week(None, (shift(LATE, "14:00", "22:00"),)),)
    )
    start, end = day_span(calendar, TUESDAY)

    assert planned_spans(calendar, start, end) == [
        (local(BERLIN, "2026-11-24 14:00"), local(BERLIN, "2026-11-25 01:00"))
    ]


def test_other_breaks_take_the_place_of_the_usual_ones() -> None:
    week = Week(None, (shift(EARLY, "06:00", "14:00", ("10:00", "10:15")),))
    noon = Break(starts=time(12), ends=time(12, 30))

    moved = of_day(floor(Override(TUESDAY, EARLY, Kind.BREAKS, breaks=(noon,)), weeks=(week,)))
    none = of_day(floor(Override(TUESDAY, EARLY, Kind.BREAKS, breaks=()), weeks=(week,)))

    assert [b for _, b in moved] == [local(BERLIN, "2026-11-24 12:00"), local(BERLIN, "2026-11-24 14:00")]
    assert hours(none) == 8


def test_an_extra_shift_works_on_a_holiday_and_across_the_change_of_clocks() -> None:
    saturday = date(2026, 10, 24)
    extra = Override(saturday, "rush", Kind.EXTRA, starts=time(22), ends=time(6))
    calendar = floor(Override(saturday, "", Kind.HOLIDAY), extra)

    assert hours(of_day(calendar, saturday)) == 9
    assert [one.id for one in shifts_on(calendar, saturday)] == ["rush"]


def test_a_week_holds_from_its_day_on_and_the_past_stays() -> None:
    calendar = floor(weeks=(Week(None, THREE), Week(TUESDAY, THREE[:2])))

    assert hours(of_day(calendar, TUESDAY - timedelta(days=1))) == 24
    assert hours(of_day(calendar)) == 16


def test_a_week_that_is_dated_back_corrects_the_past() -> None:
    calendar = floor(weeks=(Week(None, THREE), Week(TUESDAY, THREE[:2]), Week(TUESDAY - timedelta(days=7), THREE[:1])))

    assert hours(of_day(calendar)) == 8
    assert hours(of_day(calendar, TUESDAY - timedelta(days=7))) == 8
    assert hours(of_day(calendar, TUESDAY - timedelta(days=8))) == 24


KINDS = st.sampled_from([Kind.HOLIDAY, Kind.CANCELLED, Kind.OVERTIME, Kind.EXTRA, Kind.BREAKS])
CLOCKS = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30]))


@st.composite
def overrides(draw: st.DrawFn) -> Override:
    day = date(2026, 3, 25) + timedelta(days=draw(st.integers(0, 8)))
    kind = draw(KINDS)
    name = {Kind.HOLIDAY: "", Kind.EXTRA: "extra"}.get(kind, draw(st.sampled_from([EARLY, LATE, NIGHT])))
    pauses = draw(st.lists(st.builds(Break, starts=CLOCKS, ends=CLOCKS), max_size=2).map(tuple))
    timed = kind in (Kind.EXTRA, Kind.OVERTIME)
    return Override(
        day,
        name,
        kind,
        draw(CLOCKS) if timed else None,
        draw(CLOCKS) if timed else None,
        pauses if kind is Kind.BREAKS else None,
    )


@given(st.lists(overrides(), max_size=6), st.integers(0, 9 * 24), st.integers(0, 9 * 24))
def test_whatever_is_excepted_planned_time_is_additive_and_within_the_shifts(
    exceptions: list[Override], one: int, other: int
) -> None:
    """Over the night on which the clocks go on; any two windows that touch add up to both."""
    calendar = floor(*exceptions)
    start = local(BERLIN, "2026-03-25 06:00")
    first, last = sorted((one, other))
    a, b, c = start, start + first * HOUR, start + last * HOUR

    def planned(x: int, y: int) -> float:
        return hours(planned_spans(calendar, x, y))

    assert planned(a, b) + planned(b, c) == pytest.approx(planned(a, c), abs=0)
    assert planned(a, c) <= hours(scheduled_spans(calendar, a, c)) <= (c - a) / HOUR


def row(day: date, name: str, kind: str, **more: Any) -> tuple[Any, ...]:
    return (day, name, kind, more.get("starts"), more.get("ends"), more.get("breaks"), more.get("name"))


def test_of_two_exceptions_for_one_shift_the_later_known_holds() -> None:
    site = Site(id="site", name=NAME, zone=BERLIN, shifts=THREE)
    cancelled, longer = row(TUESDAY, LATE, "cancelled"), row(TUESDAY, LATE, "overtime", ends=time(23))

    assert hours(of_day(calendar_from(site, [], [cancelled]))) == 16
    assert of_day(calendar_from(site, [], [cancelled, longer])) == of_day(calendar_from(site, [], []))
    assert len(calendar_from(site, [], [longer, cancelled, row(TUESDAY, LATE, "withdrawn")]).overrides) == 0


def test_a_week_comes_out_of_the_database_as_it_was_put_in() -> None:
    site = Site(id="site", name=NAME, zone=BERLIN, shifts=THREE)
    written = [
        one.model_dump(mode="json") for one in (shift("day", "08:00", "16:30", ("12:00", "12:30"), days=("mon",)),)
    ]

    found = calendar_from(site, [(None, written, "Asia/Shanghai")], [])

    assert found.zone == "Asia/Shanghai"
    assert found.weeks[0].shifts == (shift("day", "08:00", "16:30", ("12:00", "12:30"), days=("mon",)),)
    assert isinstance(found.weeks[0].shifts[0], Shift)


def test_the_edition_of_the_zone_rules_is_known() -> None:
    assert zone_rules(BERLIN)[:2] == "20"
