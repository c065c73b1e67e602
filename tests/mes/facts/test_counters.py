"""Counters: every part once, whatever the counter does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes.facts.counters import Model, steps
from mes.facts.model import HIGHEST
from tests.mes.readings import SECOND, Row, readings

CYCLE = 2 * SECOND
SILENCE = 6 * SECOND
HOURS_60 = 60 * 3600


def found(rows: list[Row], wraps_at: int | None = None) -> list[tuple[float, float, int, int, bool]]:
    return told(rows, Model(wraps_at))


def told(rows: list[Row], model: Model, heard_us: int = 0) -> list[tuple[float, float, int, int, bool]]:
    made = steps(readings(rows), model, CYCLE, SILENCE, heard_us=heard_us)
    columns = (made.at.tolist(), made.since.tolist(), made.parts.tolist(), made.most.tolist(), made.bridged.tolist())
    return [
        (at / SECOND, since / SECOND, parts, most, bridged)
        for at, since, parts, most, bridged in zip(*columns, strict=True)
    ]


@pytest.mark.parametrize(
    ("rows", "wraps_at", "expected"),
    [
        ([(0, 100.0), (2, 101.0), (4, 101.0), (6, 103.0)], None, [(2, 0, 1, 1, False), (6, 4, 2, 2, False)]),
        ([(0, None), (2, 500.0), (4, 501.0)], None, [(4, 2, 1, 1, False)]),
        ([(0, 10.0), (2, None), (4, 12.0)], None, [(4, 0, 2, 2, False)]),
        ([(0, 10.0), (2, None), (9, 12.0)], None, [(9, 0, 2, 2, True)]),
        ([(0, 10.0), (60, 12.0)], None, [(60, 0, 2, 31, True)]),
        ([(0, 10.0), (60, 10.0)], None, [(60, 0, 0, 31, True)]),
        ([(0, 100.0), (60, 110.0)], None, [(60, 0, 10, 10, True)]),
        ([(0, 100.0), (HOURS_60, 110_000.0)], 65_536, [(HOURS_60, 0, 109_900, 109_900, True)]),
        ([(0, 100.0), (HOURS_60, 30_000.0)], 65_536, [(HOURS_60, 0, 29_900, 108_001, True)]),
        ([(0, 40_000.0), (2, 1.0)], None, [(2, 0, 1, 2, False)]),
        ([(0, 40_000.0), (2, 0.0), (4, 3.0)], None, [(2, 0, 0, 2, False), (4, 2, 3, 3, False)]),
        ([(0, 65_535.0), (2, 0.0)], 65_536, [(2, 0, 1, 1, False)]),
        ([(0, 65_534.0), (2, 2.0)], 65_536, [(2, 0, 4, 4, False)]),
        ([(0, 40_000.0), (2, 1.0)], 65_536, [(2, 0, 1, 2, False)]),
        ([(0, 65_000.0), (2, 1.0)], 65_536, [(2, 0, 1, 2, False)]),
        ([(0, 65_100.0), (600, 100.0)], 65_536, [(600, 0, 536, 536, True)]),
        ([(0, 65_000.0), (600, 100.0)], 65_536, [(600, 0, 100, 301, True)]),
        ([(0, 30_000.0), (HOURS_60, 12.0)], 65_536, [(HOURS_60, 0, 12, 108_001, True)]),
        ([(0, 65_000.0), (HOURS_60, 60_000.0)], 65_536, [(HOURS_60, 0, 0, 108_001, True)]),
        ([(0, 1e300), (2, 5.0), (4, -1e300), (6, 6.0)], None, [(6, 2, 1, 1, False)]),
        ([(0, 7.0), (0, 9.0), (1, 10.0)], None, [(1, 0, 1, 1, False)]),
        ([(0, 5.0)], None, []),
        ([], None, []),
    ],
    ids=[
        "parts are differences, equal readings make none",
        "counting begins at the first good reading",
        "a BAD reading is passed over, not a reset",
        "parts across a silence are real, but bridged",
        "a silence in which it may have been set back and made the new count again is bounded, not guessed",
        "so is one after which it stands where it stood",
        "a count that cannot have been made since a reset is decided",
        "more than once around",
        "a silence in which it may have gone once around is bounded",
        "a counter that falls was set back, has counted since, and may have lost a part before",
        "what was made before a reset to nothing is bounded",
        "a 16-bit counter wraps",
        "it wraps with the parts before and after",
        "from the middle it does not wrap",
        "it does not wrap faster than the machine can make parts",
        "it may wrap while nothing is seen",
        "but not where it would have made more than twice its ideal rate",
        "a reset over a weekend is no wrap, however long it was",
        "nearly once around may be a correction, and tells nothing for certain",
        "a value that no counter has is passed over",
        "of two at one instant the last wins",
        "one reading makes no step",
        "nothing",
    ],
)
def test_the_law_of_the_counter(
    rows: list[Row], wraps_at: int | None, expected: list[tuple[float, float, int, int, bool]]
) -> None:
    assert found(rows, wraps_at) == expected


@given(st.lists(st.integers(0, 3), min_size=2, max_size=60), st.integers(0, 65_535), st.sets(st.integers(1, 58)))
def test_every_part_is_counted_once_whichever_readings_are_lost(made: list[int], first: int, lost: set[int]) -> None:
    shown, rows = first, []
    for second, parts in enumerate(made):
        shown += parts if second else 0
        rows.append((second, float(shown % 65_536)))
    kept = [row for i, row in enumerate(rows) if i not in lost or i == len(rows) - 1]

    counted = steps(readings(kept), Model(65_536), SECOND // 3, SILENCE)

    assert int(counted.parts.sum()) == sum(made[1:])


@given(st.lists(st.integers(0, 5), min_size=1, max_size=40), st.integers(0, 100))
def test_a_reset_counts_from_zero_again(after: list[int], before: int) -> None:
    shown, rows = 0, [(0, float(before + 300))]
    for second, parts in enumerate(after, start=1):
        shown += parts
        rows.append((second, float(shown)))

    counted = steps(readings(rows), Model(), SECOND // 6, SILENCE)

    assert int(counted.parts.sum()) == sum(after)


RATE = Model(65_536, fastest_us=SECOND)
NEVER = Model(65_536, resets=False)
NEVER_SO_FAST = Model(65_536, fastest_us=SECOND, resets=False)


@pytest.mark.parametrize(
    ("rows", "model", "expected"),
    [
        ([(0, 10.0), (2, 13.0)], RATE, [(2, 0, 3, 3, False)]),
        ([(0, 10.0), (2, 14.0)], RATE, [(2, 0, 0, 3, False)]),
        ([(0, 65_535.0), (2, 1.0)], RATE, [(2, 0, 1, 3, False)]),
        ([(0, 65_535.0), (2, 1.0)], NEVER, [(2, 0, 2, 2, False)]),
        ([(0, 65_535.0), (2, 1.0)], NEVER_SO_FAST, [(2, 0, 2, 2, False)]),
        ([(0, 40_000.0), (2, 1.0)], NEVER, [(2, 0, 0, 2, False)]),
        ([(0, 40_000.0), (2, 1.0)], NEVER_SO_FAST, [(2, 0, 0, 3, False)]),
        ([(0, 40_000.0), (2, 9_000.0)], NEVER_SO_FAST, [(2, 0, 0, 3, False)]),
        ([(0, 30_000.0), (HOURS_60, 12.0)], NEVER_SO_FAST, [(HOURS_60, 0, 35_548, 216_001, True)]),
        ([(0, 10.0), (60, 12.0)], NEVER, [(60, 0, 2, 2, True)]),
        ([(0, 10.0), (60, 12.0)], RATE, [(60, 0, 2, 61, True)]),
        ([(0, 10.0), (60, 500.0)], NEVER_SO_FAST, [(60, 0, 0, 61, True)]),
    ],
    ids=[
        "as fast as it can be is certain",
        "faster than it can be tells nothing for certain, and at most what can be",
        "a fall that may be a wrap or a reset is both",
        "a counter that nobody sets back has wrapped",
        "also where its rate is known",
        "where it cannot have wrapped nothing is certain: nobody sets it back",
        "and the rate bounds what it made meanwhile",
        "set back to more than can be new tells nothing for certain",
        "more turns than one may have gone by",
        "a silence hides no reset of a counter that nobody sets back",
        "and it does of another one",
        "a jump in a silence",
    ],
)
def test_what_is_declared_of_a_counter_decides_or_bounds(
    rows: list[Row], model: Model, expected: list[tuple[float, float, int, int, bool]]
) -> None:
    assert told(rows, model) == expected


EVENTS = st.sampled_from(["", "", "", "reset", "lost"])
LIFE = st.lists(st.tuples(st.integers(1, 9), st.floats(0, 1), EVENTS), max_size=60)


@given(LIFE, st.integers(0, 999), st.sampled_from([None, 1000]), st.booleans())
def test_what_a_machine_made_lies_between_the_bounds_whatever_its_counter_does(
    life: list[tuple[int, float, str]], first: int, wraps_at: int | None, resets: bool
) -> None:
    at, shown, made, since_read = 0, first, 0, 0
    rows: list[Row] = [(0, float(first))]
    truth = {}
    for seconds, share, event in life:
        at += seconds
        parts = int(seconds * share)
        before, shown, made, since_read = shown, shown + parts, made + parts, since_read + parts
        if event == "reset" and resets and before > 60:
            # Some parts were made after it, and what it shows then is less than before.
            shown = min(parts, 5)
        shown %= wraps_at or shown + 1
        if event != "lost":
            rows.append((at, float(shown)))
            truth[at], since_read = since_read, 0

    counted = steps(readings(rows), Model(wraps_at, SECOND, resets), CYCLE, SILENCE)

    columns = (counted.at.tolist(), counted.parts.tolist(), counted.most.tolist())
    bounds = {end // SECOND: (parts, most) for end, parts, most in zip(*columns, strict=True)}
    for end, parts in truth.items():
        low, high = bounds.get(end, (0, 0))
        assert low <= parts <= high


def test_a_counter_that_is_silent_while_its_machine_is_heard_is_told_to_be_so() -> None:
    rows: list[Row] = [(0, 10.0), (2, 11.0), (4, None)]
    step, last = (2, 0, 1, 1, False), (HIGHEST / SECOND, 2, 0, 1, True)

    assert told(rows, Model(), heard_us=8 * SECOND) == [step]
    assert told(rows, Model(), heard_us=8 * SECOND + 1) == [step, last]
    assert told([*rows, (9, 11.0)], Model(), heard_us=9 * SECOND) == [step]
    assert told([(0, None)], Model(), heard_us=60 * SECOND) == []
