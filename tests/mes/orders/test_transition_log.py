"""The log of an operation: nothing in it is changed, and what it says can be moved and taken back."""

from hypothesis import given
from hypothesis import strategies as st

from mes.orders.operation_states import ALLOWED, COMPLETED, HELD, NEW, RUNNING, SUSPENDED, Command, Condition, after
from mes.orders.order_tag import BY_TAG, follow
from mes.orders.transition_log import (
    Entry,
    Step,
    begun_us,
    condition_of,
    effective,
    ended_us,
    in_order,
    moved,
    runs_of,
    undone,
    with_steps,
)

RELEASE = Step(Command.RELEASE, ALLOWED, 0)


def told(*steps: Step, client: str = "test") -> list[Entry]:
    return with_steps([], steps, client)


def day() -> list[Entry]:
    return told(
        RELEASE,
        Step(Command.START, RUNNING, 10),
        Step(Command.PAUSE, HELD, 20),
        Step(Command.RESUME, RUNNING, 30),
        Step(Command.PAUSE, SUSPENDED, 40),
        Step(Command.RESUME, RUNNING, 60),
        Step(Command.COMPLETE, COMPLETED, 80),
    )


def test_parts_count_from_start_to_suspension_through_what_is_held() -> None:
    assert runs_of(day()) == [(10, 40), (60, 80)]
    assert runs_of(day()[:-1]) == [(10, 40), (60, None)]


def test_it_begins_with_the_start_and_ends_with_the_completion() -> None:
    assert (begun_us(day()), ended_us(day()), ended_us(day()[:-1]), begun_us(day()[:1])) == (10, 80, None, None)


def test_an_undo_takes_back_the_last_entry_and_is_an_entry_itself() -> None:
    log = day()
    after_undo = with_steps(log, undone(effective(log)[-1:]), "test")

    assert len(after_undo) == len(log) + 1
    assert condition_of(after_undo) == RUNNING
    assert runs_of(after_undo) == [(10, 40), (60, None)]


def test_another_instant_moves_one_edge_and_keeps_the_rest() -> None:
    log = day()
    steps = moved(log, 2, 5)
    assert steps is not None
    later = with_steps(log, steps, "test")

    assert runs_of(later) == [(5, 40), (60, 80)]
    assert later[: len(log)] == log
    assert in_order(later)
    assert not in_order(with_steps(log, moved(log, 2, 50) or [], "test"))
    assert moved(later, 2, 7) is None


@st.composite
def logs(draw: st.DrawFn) -> list[Entry]:
    """A log as commands make it, with some undone."""
    log: list[Entry] = []
    now_us = 0
    for command in draw(st.lists(st.sampled_from(Command), max_size=12)):
        now_us += draw(st.integers(1, 5))
        holding = effective(log)
        if command is Command.UNDO:
            log = with_steps(log, undone(holding[-1:]), "test")
            continue
        to = after(command, condition_of(log), suspend=draw(st.booleans()))
        if to is not None:
            log = with_steps(log, [Step(command, to, now_us)], "test")
    return log


@given(logs())
def test_runs_are_apart_in_order_and_open_exactly_while_parts_count(log: list[Entry]) -> None:
    runs = runs_of(log)
    edges = [edge for run in runs for edge in run if edge is not None]

    assert edges == sorted(edges)
    assert condition_of(log).has_run is (bool(runs) and runs[-1][1] is None)
    assert all(end is not None for _, end in runs[:-1])


@given(logs(), st.data())
def test_what_is_moved_there_and_back_says_the_same(log: list[Entry], data: st.DataObject) -> None:
    holding = effective(log)
    if not holding:
        return
    entry = data.draw(st.sampled_from(holding))
    n = holding.index(entry)
    there = with_steps(log, moved(log, entry.seq, entry.at_us + 1) or [], "test")
    back = with_steps(there, moved(there, effective(there)[n].seq, entry.at_us) or [], "test")

    assert (runs_of(back), condition_of(back)) == (runs_of(log), condition_of(log))


SHOWN = (
    st.lists(st.integers(0, 50), unique=True, max_size=6)
    .map(sorted)
    .map(lambda edges: [(edges[n], edges[n + 1] if n + 1 < len(edges) else None) for n in range(0, len(edges), 2)])
)


@given(SHOWN, SHOWN)
def test_a_tag_is_followed_wherever_its_edges_move(
    first: list[tuple[int, int | None]], then: list[tuple[int, int | None]]
) -> None:
    log: list[Entry] = []
    for shown in (first, then, then):
        log = with_steps(log, follow(log, shown), BY_TAG)
        assert runs_of(log) == shown

    assert follow(log, then) == []


def test_a_tag_does_not_resume_what_a_person_has_held_nor_restart_what_a_person_has_taken_back() -> None:
    shown: list[tuple[int, int | None]] = [(10, None)]
    log = with_steps([], follow([], shown), BY_TAG)
    held = with_steps(log, [Step(Command.PAUSE, HELD, 20)], "test")
    back = with_steps(log, undone(effective(log)[-1:]), "test")

    assert follow(held, shown) == []
    assert follow(back, shown) == []
    assert [step.command for step in follow(held, [(10, 30), (40, None)])] == [Command.PAUSE, Command.RESUME]
    assert [(step.command, step.at_us) for step in follow(back, [(10, 30), (40, None)])] == [(Command.START, 40)]


def test_a_completed_operation_is_left_to_its_end() -> None:
    assert follow(day(), [(0, None)]) == []
    assert condition_of([]) == NEW
    assert Condition(SUSPENDED.state, SUSPENDED.substate) == SUSPENDED
