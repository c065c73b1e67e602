"""Turns, shifts, skills and overrides over a year with both nights on which clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from config.on_call.turns import Override, OverrideKind, Roster, Rotation, Staff, on_call, turns
from tests.config.test_shifts import HOUR, THREE, local, site

ZONE = "Europe/Berlin"
CALENDAR = site(ZONE, *THREE)
MONDAY = date(2026, 1, 5)
WEEK_US = 7 * 24 * HOUR
YEAR = (local(ZONE, "2026-01-05 08:00"), local(ZONE, "2027-01-04 08:00"))
ALL = Staff(dict.fromkeys(("ada", "bo", "cai", "dan"), (0, None)))
NAMES = st.sampled_from(sorted(ALL.active))


def weekly(*members: str, handover: str = "08:00", **more: object) -> Rotation:
    return Rotation(members, 7, time.fromisoformat(handover), MONDAY, **more)  # type: ignore[arg-type]  # by name


def who(roster: Roster, clock: str, staff: Staff = ALL) -> tuple[str, ...]:
    return on_call(roster, local(ZONE, clock), CALENDAR, staff)


def test_turns_change_at_the_handover_by_the_clock_on_the_wall_all_year() -> None:
    roster = Roster("mechanics", ZONE, (weekly("ada", "bo", "cai"),))
    year = turns(roster, YEAR, CALENDAR, ALL)

    assert len(year) == 52
    assert [persons for _, _, persons in year[:4]] == [("ada",), ("bo",), ("cai",), ("ada",)]
    lengths = [(b - a) / HOUR for a, b, _ in year]
    # Spring takes an hour from one week, autumn gives one to another; each still begins on a Monday at eight.
    assert sorted({168.0, 167.0, 169.0}) == sorted(set(lengths))
    assert {1} == {lengths.count(167.0), lengths.count(169.0)}
    starts = {datetime.fromtimestamp(a / 1e6, UTC).astimezone(ZoneInfo(ZONE)).strftime("%a %H:%M") for a, _, _ in year}
    assert {"Mon 08:00"} == starts


def test_an_hour_that_comes_twice_belongs_to_one_turn_and_one_that_is_left_out_to_the_next() -> None:
    daily = Roster("r", ZONE, (Rotation(("ada", "bo"), 1, time(2, 30), date(2026, 10, 24)),))
    autumn = [who(daily, f"2026-10-25 {clock}") for clock in ("02:15", "02:45", "02:15+1", "02:45+1", "03:10")]
    spring = Roster("r", ZONE, (Rotation(("ada", "bo"), 1, time(2, 30), date(2026, 3, 28)),))

    assert [("ada",), *[("bo",)] * 4] == autumn
    assert [who(spring, f"2026-03-29 {clock}") for clock in ("01:59", "03:31")] == [("ada",), ("bo",)]


def test_of_a_night_shift_only_its_own_rotation_is_on_call() -> None:
    roster = Roster(
        "r", ZONE, (weekly("ada", shifts=frozenset({"early", "late"})), weekly("bo", shifts=frozenset({"night"})))
    )

    assert who(roster, "2026-06-01 21:59") == ("ada",)
    assert who(roster, "2026-06-01 22:00") == ("bo",)
    assert who(roster, "2026-06-02 05:59") == ("bo",)


def test_the_turn_of_somebody_without_the_skill_is_taken_by_the_next_who_has_it() -> None:
    roster = Roster("r", ZONE, (weekly("ada", "bo", "cai", skill="plc"),))
    expires = local(ZONE, "2026-01-15 00:00")
    staff = Staff(ALL.active, {"bo": {"plc": None}, "cai": {"plc": expires}})

    assert who(roster, "2026-01-06 12:00", staff) == ("bo",)
    assert who(roster, "2026-01-13 12:00", staff) == ("bo",)
    assert who(roster, "2026-01-20 12:00", staff) == ("bo",)
    assert who(roster, "2026-01-20 12:00", Staff(ALL.active, {"cai": {"plc": expires}})) == ()


def test_overrides_add_remove_and_replace_for_their_span_and_no_longer() -> None:
    span = (local(ZONE, "2026-01-06 12:00"), local(ZONE, "2026-01-06 14:00"))
    of = {
        kind: Roster("r", ZONE, (weekly("ada", "bo"),), (Override(kind, person, span, instead),))
        for kind, person, instead in (
            (OverrideKind.ADD, "cai", None),
            (OverrideKind.REMOVE, "ada", None),
            (OverrideKind.REPLACE, "dan", "ada"),
        )
    }

    inside = {kind: who(roster, "2026-01-06 13:00") for kind, roster in of.items()}
    assert inside == {OverrideKind.ADD: ("ada", "cai"), OverrideKind.REMOVE: (), OverrideKind.REPLACE: ("dan",)}
    assert {("ada",)} == {
        who(roster, clock) for roster in of.values() for clock in ("2026-01-06 11:59", "2026-01-06 14:00")
    }


def test_whoever_has_left_the_company_is_not_called() -> None:
    left = Staff({"ada": (0, local(ZONE, "2026-01-06 00:00")), "bo": (0, None)})
    roster = Roster("r", ZONE, (weekly("ada", "bo"),))

    assert who(roster, "2026-01-05 23:59", left) == ("ada",)
    assert who(roster, "2026-01-06 00:00", left) == ()


@given(
    st.integers(1, 14),
    st.integers(0, 1439),
    st.lists(NAMES, max_size=4, unique=True),
    st.lists(
        st.tuples(st.sampled_from(OverrideKind), st.sampled_from(sorted(ALL.active)), st.integers(0, 5000)), max_size=3
    ),
    st.integers(0, 8000),
)
def test_turns_are_a_whole_without_gap_and_say_at_each_instant_who_is_on_call(
    days: int, minute: int, members: list[str], overrides: list[tuple[OverrideKind, str, int]], at: int
) -> None:
    rotation = Rotation(tuple(members), days, time(minute // 60, minute % 60), MONDAY, frozenset({"late", "night"}))
    start = YEAR[0] + at * HOUR
    changed = tuple(
        Override(kind, person, (YEAR[0] + hour * HOUR, YEAR[0] + (hour + 30) * HOUR), members[0] if members else None)
        for kind, person, hour in overrides
    )
    roster = Roster("r", ZONE, (rotation,), changed)
    found = turns(roster, (start, start + 4 * 24 * HOUR), CALENDAR, ALL)

    assert (start, start + 4 * 24 * HOUR) == (found[0][0], found[-1][1])
    assert all(a[1] == b[0] and a[2] != b[2] for a, b in pairwise(found))
    for begin, end, persons in found:
        assert {persons} == {on_call(roster, us, CALENDAR, ALL) for us in (begin, (begin + end) // 2, end - 1)}


def test_a_week_has_as_many_turns_as_days_in_a_daily_rotation() -> None:
    daily = Roster("r", ZONE, (Rotation(("ada", "bo"), 1, time(8), MONDAY),))

    assert len(turns(daily, (YEAR[0], YEAR[0] + WEEK_US), CALENDAR, ALL)) == 7
    assert timedelta(days=7) == timedelta(microseconds=WEEK_US)
