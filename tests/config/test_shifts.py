"""Shifts by the clock on the wall: nights, breaks, days of 23 and 25 hours, production days."""

import itertools
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.calendar import Calendar, calendar_of
from config.device import Name
from config.plant import WEEKDAYS, Break, Shift, Site
from config.shifts import day_at, day_span, final_at, merge, planned_spans, shift_at, shifts_between, subtract

HOUR = 3_600_000_000
NAME = Name(en="x", zh="x")


def shift(name: str, starts: str, ends: str, *breaks: tuple[str, str], days: tuple[str, ...] = WEEKDAYS) -> Shift:
    pauses = [Break(starts=time.fromisoformat(a), ends=time.fromisoformat(b)) for a, b in breaks]
    clock = {"starts": time.fromisoformat(starts), "ends": time.fromisoformat(ends)}
    return Shift.model_validate({"id": name, "name": NAME, "days": days, "breaks": tuple(pauses)} | clock)


def site(zone: str, *shifts: Shift) -> Calendar:
    return calendar_of(Site(id="site", name=NAME, zone=zone, shifts=shifts))


def local(zone: str, text: str) -> int:
    """Microseconds of a time on the wall; '+1' after it means the second of two."""
    clock, _, fold = text.partition("+")
    return round(datetime.fromisoformat(clock).replace(tzinfo=ZoneInfo(zone), fold=int(fold or 0)).timestamp() * 1e6)


def hours(spans: list[tuple[int, int]]) -> float:
    return sum(b - a for a, b in spans) / HOUR


THREE = (shift("early", "06:00", "14:00"), shift("late", "14:00", "22:00"), shift("night", "22:00", "06:00"))
BERLIN, SHANGHAI = "Europe/Berlin", "Asia/Shanghai"


def test_a_night_shift_belongs_to_the_day_on_which_it_starts() -> None:
    found = shift_at(site(SHANGHAI, *THREE), local(SHANGHAI, "2026-11-24 03:00"))

    assert found is not None
    assert (found.shift.id, found.day) == ("night", date(2026, 11, 23))
    assert found.starts_us == local(SHANGHAI, "2026-11-23 22:00")
    assert found.ends_us == local(SHANGHAI, "2026-11-24 06:00")


def test_a_shift_begins_with_its_first_microsecond_and_ends_before_the_next() -> None:
    floor, two = site(SHANGHAI, *THREE), local(SHANGHAI, "2026-11-24 14:00")

    assert [found.shift.id for at in (two - 1, two) if (found := shift_at(floor, at))] == ["early", "late"]


def test_between_shifts_there_is_none() -> None:
    floor = site(SHANGHAI, shift("day", "08:00", "16:00", days=("mon", "tue", "wed", "thu", "fri")))

    assert shift_at(floor, local(SHANGHAI, "2026-11-24 07:00")) is None
    assert shift_at(floor, local(SHANGHAI, "2026-11-28 12:00")) is None


def test_the_night_shift_of_friday_works_into_saturday() -> None:
    floor = site(BERLIN, shift("night", "22:00", "06:00", days=("fri",)))

    spans = planned_spans(floor, local(BERLIN, "2026-11-23 00:00"), local(BERLIN, "2026-11-30 00:00"))

    assert spans == [(local(BERLIN, "2026-11-27 22:00"), local(BERLIN, "2026-11-28 06:00"))]


@pytest.mark.parametrize(
    ("day", "length", "night"),
    [("2026-03-28", 23, 7), ("2026-10-24", 25, 9), ("2026-06-10", 24, 8)],
    ids=["clocks go on", "clocks go back", "a day like others"],
)
def test_a_production_day_has_as_many_hours_as_really_pass(day: str, length: int, night: int) -> None:
    start = local(BERLIN, f"{day} 06:00")
    found = [span for span in shifts_between(site(BERLIN, *THREE), start, start + 30 * HOUR) if str(span.day) == day]

    assert [(span.ends_us - span.starts_us) / HOUR for span in found] == [8, 8, night]
    assert hours([(span.starts_us, span.ends_us) for span in found]) == length


@pytest.mark.parametrize(("day", "length"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_a_shift_around_the_clock_is_as_long_as_its_day(day: str, length: int) -> None:
    floor = site(BERLIN, shift("all", "00:00", "00:00"))
    start = local(BERLIN, f"{day} 00:00")
    end = local(BERLIN, f"{date.fromisoformat(day) + timedelta(days=1)} 00:00")

    assert hours(planned_spans(floor, start, end)) == length
    assert planned_spans(floor, start, end) == [(start, end)]


def test_a_start_that_the_clock_skips_is_moved_on_by_what_is_skipped() -> None:
    floor = site(BERLIN, shift("early", "02:30", "10:00"))

    found = shift_at(floor, local(BERLIN, "2026-03-29 05:00"))

    assert found is not None
    assert found.starts_us == local(BERLIN, "2026-03-29 03:30")


def test_of_a_start_that_comes_twice_the_first_counts() -> None:
    floor = site(BERLIN, shift("early", "02:30", "10:00"))

    found = shift_at(floor, local(BERLIN, "2026-10-25 05:00"))

    assert found is not None
    assert found.starts_us == local(BERLIN, "2026-10-25 02:30") == local(BERLIN, "2026-10-25 02:30+1") - HOUR


def test_a_break_that_lies_in_the_skipped_hour_takes_no_time_away() -> None:
    floor = site(BERLIN, shift("night", "22:00", "06:00", ("02:00", "03:00")))
    start = local(BERLIN, "2026-03-28 22:00")

    assert hours(planned_spans(floor, start, start + 8 * HOUR)) == 7


LORD_HOWE, NEW_YORK = "Australia/Lord_Howe", "America/New_York"
NIGHTS = {
    # zone, night, hours of the shift from 22:00 to 06:00, and what a break of some minutes takes of it
    "Berlin forward": (
        BERLIN,
        "2026-03-28",
        7,
        {"02:15-02:45": 30, "02:00-03:00": 0, "02:30-03:15": 0, "01:45-02:15": 30},
    ),
    "Berlin back": (
        BERLIN,
        "2026-10-24",
        9,
        {"02:15-02:45": 30, "02:00-03:00": 120, "02:30-03:15": 105, "01:45-02:15": 30},
    ),
    "New York forward": (NEW_YORK, "2026-03-07", 7, {"02:15-02:45": 30, "02:00-03:00": 0, "02:30-03:15": 0}),
    "New York back": (NEW_YORK, "2026-10-31", 9, {"01:15-01:45": 30, "01:30-02:15": 105, "02:15-02:45": 30}),
    "Lord Howe forward": (LORD_HOWE, "2026-10-03", 7.5, {"02:05-02:25": 20, "02:15-02:45": 0, "02:00-03:00": 30}),
    "Lord Howe back": (LORD_HOWE, "2026-04-04", 8.5, {"01:35-01:55": 20, "01:45-02:15": 60, "02:15-02:45": 30}),
}


@pytest.mark.parametrize("night", NIGHTS)
def test_a_night_in_which_the_clocks_change_is_planned_as_it_passes(night: str) -> None:
    zone, day, length, breaks = NIGHTS[night]
    for text, minutes in breaks.items():
        first, last = text.split("-")
        floor = site(zone, shift("night", "22:00", "06:00", (first, last)))
        start = local(zone, f"{day} 22:00")

        [found] = shifts_between(floor, start, start + HOUR)
        planned = hours(planned_spans(floor, found.starts_us, found.ends_us))

        assert (found.ends_us - found.starts_us) / HOUR == length
        assert planned == pytest.approx(length - minutes / 60), text
        assert all(found.starts_us <= a <= b <= found.ends_us for a, b in found.breaks), text


def test_a_break_in_the_skipped_hour_is_moved_on_and_keeps_its_length() -> None:
    floor = site(BERLIN, shift("night", "22:00", "06:00", ("02:15", "02:45")))

    [found] = shifts_between(floor, local(BERLIN, "2026-03-28 22:00"), local(BERLIN, "2026-03-28 23:00"))

    assert found.breaks == ((local(BERLIN, "2026-03-29 03:15"), local(BERLIN, "2026-03-29 03:45")),)


def test_a_break_in_the_repeated_hour_is_the_first_of_the_two() -> None:
    floor = site(BERLIN, shift("night", "22:00", "06:00", ("02:15", "02:45")))

    [found] = shifts_between(floor, local(BERLIN, "2026-10-24 22:00"), local(BERLIN, "2026-10-24 23:00"))

    assert found.breaks == ((local(BERLIN, "2026-10-25 02:15"), local(BERLIN, "2026-10-25 02:45")),)


def test_a_shift_that_lies_in_the_skipped_hour_has_no_time_and_not_less() -> None:
    floor = site(BERLIN, shift("clean", "02:30", "03:15"), shift("early", "06:00", "14:00"))
    start, end = local(BERLIN, "2026-03-29 00:00"), local(BERLIN, "2026-03-29 12:00")

    assert hours(planned_spans(floor, start, end)) == 6
    assert [(s.shift.id, s.ends_us - s.starts_us) for s in shifts_between(floor, start, end)] == [("early", 8 * HOUR)]


@pytest.mark.parametrize("zone", [BERLIN, NEW_YORK, LORD_HOWE])
def test_over_a_year_planned_time_and_breaks_are_all_the_time_that_passes(zone: str) -> None:
    pauses = (("09:00", "09:30"), ("17:15", "17:45"), ("02:15", "02:45"))
    three = [
        shift(name, starts, ends, pause)
        for (name, starts, ends), pause in zip(
            (("early", "06:00", "14:00"), ("late", "14:00", "22:00"), ("night", "22:00", "06:00")), pauses, strict=True
        )
    ]
    floor = site(zone, *three)
    start, end = local(zone, "2026-01-01 06:00"), local(zone, "2027-01-01 06:00")

    planned = planned_spans(floor, start, end)
    paused = [pause for found in shifts_between(floor, start, end) for pause in found.breaks]

    assert merge([*planned, *paused]) == [(start, end)]
    assert hours(planned) + hours(paused) == 365 * 24


def test_breaks_after_midnight_and_across_it_are_no_planned_time() -> None:
    floor = site(SHANGHAI, shift("night", "22:00", "06:00", ("23:50", "00:10"), ("02:00", "02:15")))
    start = local(SHANGHAI, "2026-11-24 22:00")

    spans = planned_spans(floor, start, start + 8 * HOUR)

    assert [(a, b) for (_, a), (b, _) in itertools.pairwise(spans)] == [
        (local(SHANGHAI, "2026-11-24 23:50"), local(SHANGHAI, "2026-11-25 00:10")),
        (local(SHANGHAI, "2026-11-25 02:00"), local(SHANGHAI, "2026-11-25 02:15")),
    ]


def test_time_in_two_shifts_is_planned_once() -> None:
    floor = site(SHANGHAI, shift("a", "06:00", "15:00"), shift("b", "14:00", "22:00"))
    start = local(SHANGHAI, "2026-11-24 00:00")

    assert hours(planned_spans(floor, start, start + 24 * HOUR)) == 16


def test_while_two_shifts_overlap_the_later_one_runs() -> None:
    floor = site(SHANGHAI, shift("a", "06:00", "15:00"), shift("b", "14:00", "22:00"))

    found = shift_at(floor, local(SHANGHAI, "2026-11-24 14:30"))

    assert found is not None
    assert found.shift.id == "b"


@pytest.mark.parametrize("zone", [BERLIN, SHANGHAI, "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia"])
def test_around_the_clock_a_year_is_planned_without_a_gap(zone: str) -> None:
    start, end = local(zone, "2026-01-01 00:00"), local(zone, "2027-01-01 00:00")

    assert planned_spans(site(zone, *THREE), start, end) == [(start, end)]


SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8).map(
    lambda pairs: [(min(pair), max(pair)) for pair in pairs]
)


def instants(spans: list[tuple[int, int]]) -> set[int]:
    return {instant for a, b in spans for instant in range(a, b)}


@given(SPANS, SPANS)
def test_merged_and_subtracted_spans_hold_exactly_their_instants_once(
    spans: list[tuple[int, int]], holes: list[tuple[int, int]]
) -> None:
    merged, left = merge(spans), subtract(spans, holes)

    assert instants(merged) == instants(spans)
    assert instants(left) == instants(spans) - instants(holes)
    for result in (merged, left):
        assert all(a < b for a, b in result)
        assert all(b < c for (_, b), (c, _) in itertools.pairwise(result))


@given(st.integers(0, 366 * 24), st.integers(1, 400), st.integers(1, 400))
def test_planned_time_of_two_windows_adds_up_to_that_of_both(start_hour: int, first: int, second: int) -> None:
    floor = site(BERLIN, shift("early", "05:30", "13:45", ("09:00", "09:20")), shift("night", "21:00", "03:15"))
    start = round(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000 + start_hour * HOUR
    middle, end = start + first * HOUR, start + (first + second) * HOUR

    parts = planned_spans(floor, start, middle) + planned_spans(floor, middle, end)

    assert merge(parts) == planned_spans(floor, start, end)


@pytest.mark.parametrize(("day", "length"), [((2026, 3, 28), 23), ((2026, 10, 24), 25), ((2026, 7, 1), 24)])
def test_a_production_day_has_23_24_or_25_hours(day: tuple[int, int, int], length: int) -> None:
    """The clocks change in the night shift of the Saturday."""
    starts, ends = day_span(site(BERLIN, *THREE), date(*day))

    assert (ends - starts) / HOUR == length


def test_the_night_shift_lies_in_its_production_day() -> None:
    floor = site(BERLIN, *THREE)

    for text in ("2026-10-24 22:00", "2026-10-25 02:30", "2026-10-25 02:30+1", "2026-10-25 05:59"):
        assert day_at(floor, local(BERLIN, text)) == date(2026, 10, 24)
    assert day_at(floor, local(BERLIN, "2026-10-25 06:00")) == date(2026, 10, 25)


@given(st.integers(1_577_836_800, 1_893_456_000))
def test_production_days_follow_each_other_without_hole_or_overlap(second: int) -> None:
    floor, at = site(BERLIN, *THREE), second * 1_000_000
    starts, ends = day_span(floor, day_at(floor, at))

    assert starts <= at < ends
    assert day_at(floor, ends) == day_at(floor, at) + timedelta(days=1)


def test_a_window_is_final_so_long_after_the_end_of_its_last_day() -> None:
    floor = site(BERLIN, *THREE)

    assert final_at(floor, local(BERLIN, "2026-11-24 06:00")) == local(BERLIN, "2026-11-24 14:00")
    assert final_at(floor, local(BERLIN, "2026-11-24 06:01")) == local(BERLIN, "2026-11-25 14:00")
