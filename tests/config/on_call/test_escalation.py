"""Steps of a policy: one after the other, at once where nobody is on call, again until somebody acknowledges."""

from datetime import date, time
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from config.device import Name
from config.on_call.escalation import Call, Policy, Position, Step, begin, carry_out, dry_run
from config.on_call.turns import Roster, Rotation, Staff, on_call
from tests.config.on_call.test_turns import ALL, CALENDAR, YEAR, ZONE
from tests.config.test_shifts import HOUR, local

MINUTE = HOUR // 60
NAME = Name(en="x", zh="x")
THREE_STEPS = (Step(0, roster="first"), Step(10 * MINUTE, roster="second"), Step(20 * MINUTE, channel="chat"))
BOTH = {"first": ("ada",), "second": ("bo",)}


def told(calls: list[Call]) -> list[tuple[int, str]]:
    return [(call.at_us // MINUTE, call.channel or ",".join(call.persons)) for call in calls]


def test_each_step_follows_the_one_before_after_its_delay() -> None:
    policy = Policy("p", NAME, THREE_STEPS)

    assert told(dry_run(policy, 0, HOUR, lambda name, _: BOTH[name])) == [(0, "ada"), (10, "bo"), (30, "chat")]


def test_a_step_with_nobody_on_call_is_skipped_at_once_and_told() -> None:
    policy = Policy("p", NAME, THREE_STEPS)
    calls = dry_run(policy, 0, HOUR, lambda name, _: () if name == "first" else BOTH[name])

    assert told(calls) == [(0, ""), (0, "bo"), (20, "chat")]
    assert [call.skipped for call in calls] == [True, False, False]


def test_it_begins_again_until_somebody_acknowledges_or_as_often_as_the_policy_says() -> None:
    steps = (Step(0, roster="first"), Step(5 * MINUTE, roster="second"))
    ever = dry_run(Policy("p", NAME, steps, 10 * MINUTE), 0, HOUR, lambda name, _: BOTH[name])
    once = dry_run(Policy("p", NAME, steps, 10 * MINUTE, 1), 0, HOUR, lambda name, _: BOTH[name])

    assert [at for at, _ in told(ever)] == [0, 5, 15, 20, 30, 35, 45, 50]
    assert [at for at, _ in told(once)] == [0, 5, 15, 20]


def test_with_nobody_on_any_roster_the_next_round_waits_a_minute_at_least() -> None:
    policy = Policy("p", NAME, (Step(0, roster="first"), Step(MINUTE, roster="second")), 1)

    assert [at for at, _ in told(dry_run(policy, 0, 3 * MINUTE, lambda *_: ()))] == [0, 0, 1, 1, 2, 2]


def test_a_policy_that_was_shortened_meanwhile_ends_its_round() -> None:
    short = Policy("p", NAME, THREE_STEPS[:1], HOUR)

    assert ([], Position(1, 0, HOUR)) == carry_out(short, Position(0, 2, 0), 0, lambda name, _: BOTH[name])
    assert begin(Policy("p", NAME, ()), 0) is None


def test_who_is_called_on_christmas_eve_at_ten_past_three() -> None:
    rotation = Rotation(("ada", "bo", "cai"), 7, time(8), date(2026, 1, 5), frozenset({"night"}))
    roster = Roster("first", ZONE, (rotation,))
    at = local(ZONE, "2026-12-24 03:10")
    calls = dry_run(Policy("p", NAME, THREE_STEPS[:1]), at, at + HOUR, lambda _, us: on_call(roster, us, CALENDAR, ALL))

    # The fiftieth week after the first one: 50 % 3 is the third.
    assert [call.persons for call in calls] == [("cai",)]


def test_over_a_year_of_alarms_an_hour_apart_somebody_is_called_each_time_and_within_the_delay_of_a_step() -> None:
    staff = Staff(dict(ALL.active))
    nights = Rotation(("ada", "bo"), 1, time(2, 30), date(2026, 1, 1), frozenset({"night"}))
    days = Rotation(("cai", "dan"), 7, time(6), date(2026, 1, 5), frozenset({"early"}))
    rosters = {"first": Roster("first", ZONE, (nights,)), "second": Roster("second", ZONE, (days,))}
    policy = Policy("p", NAME, THREE_STEPS)
    for at in range(YEAR[0], YEAR[1], 7 * HOUR):
        calls = dry_run(policy, at, at + HOUR, lambda name, us: on_call(rosters[name], us, CALENDAR, staff))
        reached = [call for call in calls if not call.skipped]
        assert reached[-1].channel == "chat"
        assert reached[0].at_us - at <= 30 * MINUTE
        # A skipped step takes no time.
        assert all(b.at_us == a.at_us for a, b in pairwise(calls) if a.skipped)


@given(
    st.lists(st.tuples(st.integers(0, 90), st.booleans()), max_size=5),
    st.one_of(st.none(), st.integers(1, 60)),
    st.one_of(st.none(), st.integers(0, 3)),
)
def test_step_by_step_from_rows_is_the_same_as_the_dry_run(
    steps: list[tuple[int, bool]], every: int | None, repeats: int | None
) -> None:
    policy = Policy(
        "p",
        NAME,
        tuple(Step(after * MINUTE, roster="first" if some else "nobody") for after, some in steps),
        None if every is None else every * MINUTE,
        repeats,
    )
    who = {"first": ("ada",), "nobody": ()}
    expected = dry_run(policy, 0, 5 * HOUR, lambda name, _: who[name])
    found: list[Call] = []
    position = begin(policy, 0)
    while position is not None and position.at_us < 5 * HOUR:
        calls, position = carry_out(policy, position, position.at_us, lambda name, _: who[name])
        found += calls

    assert expected == found
    assert [call.at_us for call in found] == sorted(call.at_us for call in found)
