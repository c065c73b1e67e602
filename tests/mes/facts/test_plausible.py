"""What a machine cannot make is never certain: sentinels, zeros, corrections and jumps of a counter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes.facts.counters import Model, doubted, steps
from mes.facts.model import Steps
from tests.conformance.vector_facts import counter_steps
from tests.mes.readings import SECOND, Row, readings

CYCLE = 2 * SECOND
SILENCE = 6 * SECOND
UINT16, UINT32 = Model(65_536), Model(2**32)
NEVER = Model(65_536, resets=False)
FOUR = Model(parts_per_count=4)


def told(rows: list[Row], model: Model) -> list[tuple[float, int, int]]:
    made = steps(readings(rows), model, CYCLE, SILENCE)
    columns = (made.at.tolist(), made.parts.tolist(), made.most.tolist())
    return [(at / SECOND, parts, most) for at, parts, most in zip(*columns, strict=True)]


@pytest.mark.parametrize(
    ("rows", "model", "expected"),
    [
        ([(0, 500.0), (1, 65_535.0), (4, 502.0)], UINT16, [(1, 0, 1), (4, 0, 2)]),
        ([(0, 500.0), (1, 65_535.0), (4, 502.0)], Model(), [(1, 0, 1), (4, 0, 2)]),
        ([(0, 1.0), (1, 65_535.0), (4, 3.0)], UINT16, [(1, 0, 1), (4, 0, 2)]),
        ([(0, 100.0), (1, 0.0), (4, 103.0)], Model(), [(1, 0, 1), (4, 0, 2)]),
        ([(0, 5.0), (1, 0.0), (4, 6.0)], Model(), [(1, 0, 1), (4, 0, 2)]),
        ([(0, 1.0), (1, 0.0), (4, 1.0)], Model(), [(1, 0, 1), (4, 0, 2)]),
        ([(0, 3.0), (1, 2.0), (4, 3.0), (6, 4.0)], Model(), [(1, 0, 1), (4, 0, 2), (6, 1, 1)]),
        ([(0, 60_000.0), (1, 0.0), (4, 60_001.0)], UINT16, [(1, 0, 1), (4, 0, 2)]),
        ([(0, 186.0), (1, 185.0), (6, 185.0), (7, 189.0), (9, 190.0)], UINT32, [(1, 0, 1), (7, 0, 4), (9, 1, 1)]),
        ([(0, 5_000_186.0), (1, 5_000_185.0), (7, 5_000_189.0)], Model(), [(1, 0, 1), (7, 0, 4)]),
        (
            [(0, 3.0), (2, 0.0), (4, 1.0), (6, 2.0), (8, 3.0), (10, 4.0)],
            Model(),
            [(2, 0, 2), (4, 1, 1), (6, 1, 1), (8, 1, 1), (10, 1, 1)],
        ),
        ([(0, 2.0**32 - 1), (1, 2.0**32 - 2)], UINT32, [(1, 0, 1)]),
        ([(0, 480.0), (3600, 460.0)], Model(), [(3600, 0, 1801)]),
        ([(0, 12.0), (8, 3.0)], Model(), [(8, 0, 5)]),
        ([(0, 40.0), (8, 3.0)], Model(), [(8, 3, 5)]),
        ([(0, 40.0), (2, 8.0)], Model(), [(2, 0, 2)]),
        ([(0, 100.0), (1, -1.0), (2, 101.0)], Model(), [(2, 1, 1)]),
        ([(0, 100.0), (2, 104.0)], Model(), [(2, 4, 4)]),
        ([(0, 100.0), (2, 105.0)], Model(), [(2, 0, 2)]),
        ([(0, 100.0), (2, 105.0)], Model(rate_factor=3), [(2, 5, 5)]),
        ([(0, 100.0), (5, 100.0), (10, 100.0), (12, 114.0)], Model(), [(12, 14, 14)]),
        ([(0, 100.0), (5, 100.0), (10, 100.0), (12, 115.0)], Model(), [(12, 0, 2)]),
        ([(0, 65_535.0), (2, 1.0)], NEVER, [(2, 2, 2)]),
        ([(0, 40_000.0), (2, 1.0)], NEVER, [(2, 0, 2)]),
        ([(0, 100.0), (1, 0.0), (4, 103.0)], NEVER, [(1, 0, 1), (4, 0, 2)]),
        ([(0, 10.0), (8, 11.0), (16, 13.0)], FOUR, [(8, 4, 4), (16, 8, 8)]),
        ([(0, 10.0), (2, 14.0)], FOUR, [(2, 0, 4)]),
    ],
    ids=[
        "65535 for three seconds makes no part certain, on the way up or down",
        "nor of a counter that does not wrap",
        "nor where the way down could be a wrap",
        "0 for three seconds makes none, on the way down or up",
        "nor where the counter stands so low that it could have counted up again at twice its rate",
        "nor where it could even have counted so far at its ideal rate",
        "nor has a low count that was corrected and comes back",
        "nor where it stands in the last quarter before it wraps",
        "held one below what it was, and let go: the way back makes none, what follows is certain",
        "of a 32-bit counter it is no wrap and no reset to five million",
        "one that is set back every few parts counts all of them",
        "nor a wrap at the very top",
        "a correction in an outage is no reset, however long there was time for one",
        "one by a few parts neither",
        "a deep fall is a reset, with what was counted since",
        "but not with more than can have been made since",
        "a number below zero is no count, and is passed over",
        "twice as fast as ideal, and two parts, is believed",
        "more is not",
        "but where the plant file says so",
        "a counter that is refreshed seldom is measured by how long it has stood",
        "and not believed beyond that",
        "a counter that nobody sets back has wrapped",
        "and where it cannot have wrapped nothing is certain",
        "nor is the way back",
        "four parts a count",
        "and four times as much time for each",
    ],
)
def test_no_part_that_cannot_be_is_certain(
    rows: list[Row], model: Model, expected: list[tuple[float, int, int]]
) -> None:
    assert told(rows, model) == expected


MISREAD = st.sampled_from(["65535", "0", "-1", "held", "BAD"])
LIFE = st.lists(st.tuples(st.integers(1, 3), st.booleans()), min_size=20, max_size=60)


@given(LIFE, st.integers(0, 60_000), MISREAD, st.integers(2, 15), st.integers(1, 4), st.integers(1, 9))
def test_what_was_made_lies_between_the_bounds_however_a_counter_is_misread_for_some_readings(
    life: list[tuple[int, bool]], first: int, misread: str, begin: int, readings_: int, less: int
) -> None:
    """The machine finishes a part in two seconds or longer; before and after the misreadings all is as it was."""
    at, since_part, count, held = 0, 0, first, 0
    rows: list[Row] = [(0, float(first))]
    truth = [first]
    for number, (seconds, works) in enumerate(life):
        at, since_part = at + seconds, since_part + seconds
        if works and since_part >= 2:
            count, since_part = count + 1, 0
        held = max(0, count - less) if number == begin else held
        wrong = {"65535": 65_535, "0": 0, "-1": -1, "held": held, "BAD": None}[misread]
        shown = wrong if begin <= number < begin + readings_ else count
        rows.append((at, None if shown is None else float(shown)))
        truth.append(count)

    made = steps(readings(rows), UINT16, CYCLE, SILENCE)

    assert int(made.parts.sum()) <= count - first <= int(made.most.sum())
    normal = [(0, float(first)), *((row[0], float(n)) for row, n in zip(rows[1:], truth[1:], strict=True))]
    assert sum(parts for _, parts, _ in told(normal, UINT16)) == count - first


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 70_000)), min_size=2, max_size=40))
def test_whatever_a_counter_shows_no_more_is_certain_than_twice_what_the_machine_can_make(
    rows: list[tuple[int, int]],
) -> None:
    at = 0
    shown: list[Row] = []
    for after, value in rows:
        at += after + 1
        shown.append((at, float(value)))

    for step in told(shown, UINT16):
        before = max(row[0] for row in shown if row[0] < step[0])
        waited = max(step[0] - before, min(step[0] - shown[0][0], 12))
        assert step[1] <= waited * 2 / 2 + 2


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 12) | st.sampled_from([65_535, 0, 60_000])), min_size=1),
    st.sampled_from([None, 65_536, 20]),
    st.booleans(),
    st.sampled_from([None, SECOND, 3 * SECOND]),
    st.integers(1, 3),
)
def test_two_ways_to_compute_the_steps_give_the_same(
    rows: list[tuple[int, int]], wraps_at: int | None, resets: bool, fastest_us: int | None, each: int
) -> None:
    at = 0
    shown: list[Row] = []
    for after, value in rows:
        at += after
        shown.append((at, float(value)))
    counter: dict[str, object] = {
        "readings": [(at * SECOND, int(value or 0)) for at, value in shown],
        "wraps_at": wraps_at,
        "resets": resets,
        "fastest_us": fastest_us,
        "parts_per_count": each,
    }
    machine = {"no_data_after_us": SILENCE, "ideal_cycles": [{"cycle_us": CYCLE}]}

    made = steps(readings(shown), Model(wraps_at, fastest_us, resets, parts_per_count=each), CYCLE, SILENCE)

    slowly = counter_steps(counter, machine)[1:]
    columns = (getattr(made, name).tolist() for name in Steps.__slots__)
    assert [tuple(step[name] for name in Steps.__slots__) for step in slowly] == list(zip(*columns, strict=True))


def test_a_step_that_cannot_be_is_told_with_its_two_counts() -> None:
    rows: list[Row] = [(0, 500.0), (1, 65_535.0), (4, 502.0), (6, 503.0), (8, 500.0), (10, 0.0)]

    found = doubted(readings(rows), UINT16, CYCLE, SILENCE)

    assert found == [(SECOND, 500, 65_535), (4 * SECOND, 65_535, 502), (8 * SECOND, 503, 500)]
