"""Setup and machine time follow from runs; time that goes on is not spent yet."""

from mes.orders.production_events.times import EventKind, MachineRun, events_of, spent_us

SETUP, RUN, LABOUR = EventKind


def test_setup_is_what_is_before_the_first_part_and_machine_time_the_rest() -> None:
    assert events_of(MachineRun(10, 50, 14)) == [(SETUP, 10, 14), (RUN, 14, 50)]


def test_a_run_without_a_part_is_all_setup() -> None:
    assert events_of(MachineRun(10, None, None)) == [(SETUP, 10, None)]


def test_a_run_whose_first_part_may_have_come_at_once_has_no_setup() -> None:
    assert events_of(MachineRun(10, None, 10)) == [(RUN, 10, None)]


def test_time_is_spent_up_to_the_instant_that_is_asked_for() -> None:
    events = [(SETUP, 10, 14), (RUN, 14, None), (LABOUR, 10, 40), (LABOUR, 60, 90)]

    assert [spent_us(events, kind, 30) for kind in (SETUP, RUN, LABOUR)] == [4, 16, 20]
