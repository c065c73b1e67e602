"""What bridged time has room for, worked out by hand: a machine that takes two seconds a part, told each second."""

from collections.abc import Sequence

from mes.kpi.elements import Elements
from mes.kpi.formulas import BY_NAME, exact
from mes.kpi.policy import ISO
from tests.mes.floors import elements
from tests.mes.pure import SECOND, SILENCE, facts_of_samples

# The window is the minute from here on; the machine runs and is told from the beginning to long after it.
BEGIN, MINUTE = 100, 60


def seen(parts: Sequence[float], *bridged: tuple[int, int]) -> Elements:
    """A minute in which parts are finished at some of its seconds, and of which some spans are not told."""
    unobserved = [second for start, end in bridged for second in range(start, end)]
    told = [second for second in range(-BEGIN, 2 * MINUTE) if second not in unobserved]
    values = {"state": lambda _: 1, "product": lambda _: 1, "total": lambda at: sum(part <= at for part in parts)}
    rows = {name: [((BEGIN + at) * SECOND, float(of(at))) for at in told] for name, of in values.items()}
    window = BEGIN * SECOND, (BEGIN + MINUTE) * SECOND
    return elements(facts_of_samples(rows, *window), ISO, [window])


def room(e: Elements) -> tuple[int, int, int]:
    """Blind time, flight and needed_later, in seconds."""
    return e.unobserved // SECOND, e.begun_before // SECOND, e.needed_later // SECOND


def test_where_all_was_seen_there_is_no_room() -> None:
    e = seen(range(2, MINUTE, 2))

    assert (room(e), e.begun_before_parts, e.unobserved_parts) == ((0, 0, 0), 0, 0)


def test_of_the_part_in_the_machine_so_much_may_be_done_as_it_ran_since_the_last_one() -> None:
    # Nothing is told from second 20 to second 30; what is told at 20 was made after 19.
    assert SILENCE < 10 * SECOND
    assert room(seen([20], (21, 30))) == (10, 1, 0)
    assert room(seen([19], (21, 30))) == (10, 2, 0)
    assert room(seen([2], (21, 30))) == (10, 2, 0)


def test_what_the_first_part_after_a_silence_needed_was_done_in_it() -> None:
    assert room(seen([19, 32], (21, 30))) == (10, 2, 0)
    assert room(seen([19, 31], (21, 30))) == (10, 1, 0)
    assert room(seen([20, 31], (21, 30))) == (10, 0, 0)
    assert room(seen([20, 31, 32.5], (21, 30))) == (10, 0, 0)


def test_parts_that_are_faster_than_ideal_take_no_more_than_a_part_may_have_been_done() -> None:
    # Those at 31 and 32 need four seconds, and have had two since; with a whole part done there was no more to do.
    assert room(seen([20, 31, 32], (21, 30))) == (10, 0, 1)
    assert room(seen([20, 31, 32, 33, 34, 35], (21, 30))) == (10, 0, 1)


def test_what_a_counter_bridged_is_believed() -> None:
    """Eight parts in ten seconds are three more than ideal."""
    e = seen([20, *(21 + n for n in range(8)), 31], (21, 30))

    assert e.bridged == 8
    assert (room(e), e.begun_before_parts + e.unobserved_parts) == ((10, 6, 0), 8)


def test_a_part_begun_unseen_and_finished_seen_widens_no_bound() -> None:
    parts = [*range(2, 18, 2), 25, *range(36, MINUTE, 2)]
    before, after = seen(parts, (18, 35)), seen(parts, (18, 25), (26, 35))

    for name in ("oee", "effectiveness", "throughput_rate"):
        old, new = exact(before, BY_NAME[name]), exact(after, BY_NAME[name])
        told = [bound for bound in (old.low, new.low, new.high, old.high) if bound is not None]
        assert len(told) == 4
        assert told == sorted(told)
