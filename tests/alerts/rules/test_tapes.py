"""Stopped, silent, late: when a rule holds."""

from datetime import timedelta

import pytest

from alerts.rules.tapes import Verdict, judge_no_data, judge_order, judge_stopped
from config.rules.kinds import NoData, OrderLate, Stopped
from contract.sample import State, to_us
from tests.times import at

ON, OFF, HOLD = Verdict.ON, Verdict.OFF, Verdict.HOLD
STANDS = Stopped(id="stands", kind="stopped", longer_than=timedelta(minutes=2))
SILENT = NoData(id="silent", kind="no_data", longer_than=timedelta(minutes=1))


def us(clock: str) -> int:
    return to_us(at(f"2026-11-23 {clock}"))


SHIFT = [(us("08:00"), us("12:00")), (us("12:30"), us("20:00"))]


@pytest.mark.parametrize(
    ("tape", "now", "expected"),
    [
        ([], "09:00", HOLD),
        ([("08:00", State.RUNNING)], "09:00", OFF),
        ([("08:00", State.RUNNING), ("08:58:01", State.DOWN)], "09:00", OFF),
        ([("08:00", State.RUNNING), ("08:57:59", State.DOWN)], "09:00", ON),
        ([("08:00", State.RUNNING), ("08:50", State.IDLE)], "09:00", OFF),
        ([("08:00", State.RUNNING), ("08:50", State.SETUP)], "09:00", OFF),
        # From one standing state to the next it is one stop.
        ([("08:00", State.RUNNING), ("08:57", State.STARVED), ("08:59", State.DOWN)], "09:00", ON),
        # Silence neither ends a stop nor counts; while it lasts nothing can be said.
        ([("08:00", State.RUNNING), ("08:50", State.DOWN), ("08:55", State.NO_DATA)], "09:00", HOLD),
        (
            [("08:00", State.RUNNING), ("08:50", State.DOWN), ("08:55", State.NO_DATA), ("09:00", State.DOWN)],
            "09:00",
            ON,
        ),
        (
            [("08:00", State.RUNNING), ("08:50", State.DOWN), ("08:51", State.NO_DATA), ("09:00", State.DOWN)],
            "09:00:59",
            OFF,
        ),
        # A planned break is not downtime: one minute before it and one minute after it are two minutes.
        ([("08:00", State.RUNNING), ("11:59", State.STOPPED)], "12:30:59", OFF),
        ([("08:00", State.RUNNING), ("11:59", State.STOPPED)], "12:31:01", ON),
        # In a break or after the shift nothing is raised, and an alarm that is open stays.
        ([("08:00", State.RUNNING), ("11:50", State.DOWN)], "12:10", HOLD),
        ([("08:00", State.RUNNING), ("19:50", State.DOWN)], "21:00", HOLD),
        ([("08:00", State.RUNNING), ("20:10", State.STOPPED)], "23:00", OFF),
        # A tape that begins while the machine stands.
        ([("08:50", State.DOWN)], "09:00", ON),
    ],
)
def test_a_stop_counts_in_planned_time(tape: list[tuple[str, State]], now: str, expected: Verdict) -> None:
    assert expected == judge_stopped(STANDS, [(us(clock), state) for clock, state in tape], SHIFT, us(now))


@pytest.mark.parametrize(
    ("tape", "since", "now", "expected"),
    [
        ([("08:00", State.RUNNING)], "08:00", "09:00", OFF),
        ([("08:59:01", State.NO_DATA)], "08:00", "09:00", OFF),
        ([("08:58:59", State.NO_DATA)], "08:00", "09:00", ON),
        ([("08:58", State.NO_DATA), ("08:59:30", State.DOWN)], "08:00", "09:00", OFF),
        # Never heard of: silent since this service began to watch.
        ([], "08:59:30", "09:00", HOLD),
        ([], "08:58:30", "09:00", ON),
        # The whole system was off over the week-end: give the machines their minute to come back.
        ([("07:00", State.NO_DATA)], "08:59:30", "09:00", HOLD),
        ([("07:00", State.NO_DATA)], "08:58:30", "09:00", ON),
    ],
)
def test_silence_counts_from_when_somebody_listens(
    tape: list[tuple[str, State]], since: str, now: str, expected: Verdict
) -> None:
    assert expected == judge_no_data(SILENT, [(us(clock), state) for clock, state in tape], us(since), us(now))


@pytest.mark.parametrize(
    ("late_min", "expected"),
    [(None, HOLD), (-5, OFF), (0, OFF), (7, OFF), (8, HOLD), (15, HOLD), (16, ON)],
)
def test_an_order_is_late_beyond_the_limit_and_on_time_again_at_half_of_it(
    late_min: int | None, expected: Verdict
) -> None:
    rule = OrderLate(id="late", kind="order_late", by_more_than=timedelta(minutes=15))

    assert expected == judge_order(rule, None if late_min is None else timedelta(minutes=late_min), True)


def test_an_order_that_mes_does_not_call_late_raises_no_alarm_and_ends_one() -> None:
    rule = OrderLate(id="late", kind="order_late", by_more_than=timedelta())

    assert judge_order(rule, timedelta(minutes=4), False) is Verdict.OFF
    assert judge_order(rule, timedelta(minutes=4), True) is Verdict.ON
    assert judge_order(rule, timedelta(minutes=4), None) is Verdict.HOLD
