"""Running time, parts and scrap of any span, and nothing of what came later."""

from alerts.rules.production import Production, Step
from contract.sample import State

S = 1_000_000
TAPE = [(0, State.RUNNING), (10 * S, State.DOWN), (20 * S, State.RUNNING)]
STEPS = [Step(5 * S, 2), Step(15 * S, 3, bridged=True), Step(25 * S, 4)]
SEEN = Production(TAPE, {"total": STEPS, "scrap": [Step(25 * S, 1)]}, [(0, "cap"), (20 * S, None)])


def test_running_time_is_that_of_the_span() -> None:
    spans = [(0, 10), (5, 15), (10, 20), (0, 30), (25, 40)]

    assert [SEEN.running_us(start * S, end * S) // S for start, end in spans] == [10, 5, 0, 20, 15]


def test_parts_are_those_that_became_known_after_the_start_up_to_the_end() -> None:
    assert [SEEN.parts(a * S, b * S) for a, b in ((0, 5), (5, 15), (5, 30), (25, 30))] == [2, 3, 7, 0]
    assert (SEEN.scrap(0, 24 * S), SEEN.scrap(0, 25 * S)) == (0, 1)


def test_the_last_parts_begin_after_the_count_before_them() -> None:
    starts = [SEEN.start_of_last(parts, 30 * S) for parts in (4, 5, 9, 10)]

    assert starts == [15 * S, 5 * S, 5 * S - 1, None]


def test_whoever_asks_early_sees_nothing_of_later() -> None:
    assert (SEEN.state(9 * S), SEEN.last_step_us(9 * S), SEEN.product(9 * S)) == ((0, State.RUNNING), 5 * S, "cap")
    assert Production(()).state(9 * S) is None


def test_the_first_count_of_a_cycle_is_after_what_was_made_at_an_unknown_time() -> None:
    assert [SEEN.first_step_us(a * S, b * S) for a, b in ((0, 10), (0, 30), (25, 30))] == [5 * S, 15 * S, None]
