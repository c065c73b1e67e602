"""Every gap has a cause, a span and the machines it concerns; late frames take it away, exactly."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.gap_ledger import freed
from collector.gaps import Range
from collector.writer import Message, Writer
from config.load import load_plant
from contract.frame import encode
from contract.gap import Cause, Gap, covered
from contract.sample import Quality, Sample, from_us, to_us
from contract.topics import frame_topic
from tests.collector.senders import rows
from tests.support.frames import frame_of
from tests.times import at, later

SITE = load_plant(Path("config/demo.yaml")).site.id
START = to_us(at("2026-11-23 08:00"))
SECOND = 1_000_000
GAPS = (
    "SELECT first_seq, last_seq, cause, certain, from_at, to_at, machines FROM sequence_gap ORDER BY epoch, first_seq"
)
CHANGED = "SELECT seq, changed_from, changed_to, changed_machines FROM frame WHERE changed_from IS NOT NULL ORDER BY 1"

ranges = st.lists(st.tuples(st.integers(1, 30), st.integers(0, 8)).map(lambda r: (r[0], r[0] + r[1])), max_size=6)


def frame(seq: int, *gaps: Gap, epoch: int = 1, machine: str = "press-1") -> Message:
    """A frame that was read in the second of its number, for 100 ms."""
    read = [
        Sample(machine, "state", START + seq * SECOND + i, START + seq * SECOND + i, 1.0, Quality.GOOD)
        for i in (0, 100_000)
    ]
    made = frame_of("edge-1", epoch, seq, read, before=2 * (seq - 1))
    return Message(frame_topic(SITE, "edge-1"), encode(made.model_copy(update={"gaps": list(gaps)})))


def second(number: float) -> Any:
    return from_us(START + round(number * SECOND))


@pytest.fixture
def writer(database: str) -> Iterator[Writer]:
    """A writer on this test's database."""
    made = Writer(database, SITE, now=later)
    yield made
    made.close()


def test_skipped_numbers_have_a_span_and_the_machines_of_their_node(writer: Writer, database: str) -> None:
    writer.write([frame(1, machine="press-2"), frame(2)])
    writer.write([frame(6)])

    assert rows(database, GAPS) == [(3, 5, "missing", False, second(2.1), second(6), ["press-1", "press-2"])]


def test_the_first_numbers_of_an_epoch_are_missing_since_the_last_frame_before_it(
    writer: Writer, database: str
) -> None:
    writer.write([frame(3), frame(2, epoch=9), frame(20, epoch=10)])

    assert [(first, last, start, end) for first, last, _, _, start, end, _ in rows(database, GAPS)] == [
        (1, 2, second(3), second(3)),
        (1, 1, second(2), second(3.1)),
        (1, 19, second(2.1), second(20)),
    ]


def test_a_gap_is_certain_when_it_has_stood_for_a_while_and_stays_so_when_it_shrinks(
    writer: Writer, database: str
) -> None:
    writer.write([frame(1), frame(9)])
    writer.look_for_gaps()
    before = rows(database, GAPS)
    writer.look_for_gaps(timedelta(0))
    writer.write([frame(4)])

    assert [gap[3] for gap in before] == [False]
    assert [gap[:6] for gap in rows(database, GAPS)] == [
        (2, 3, "missing", True, second(1.1), second(4)),
        (5, 8, "missing", True, second(4.1), second(9)),
    ]


def test_of_two_late_frames_each_changes_the_gap_that_it_fills_and_nothing_between(
    writer: Writer, database: str
) -> None:
    writer.write([frame(number) for number in (1, 3, 9, 11)])
    writer.look_for_gaps(timedelta(0))

    writer.write([frame(10), frame(2)])

    assert rows(database, CHANGED) == [
        (2, second(1.1), second(3), ["press-1"]),
        (10, second(9.1), second(11), ["press-1"]),
    ]


def test_a_frame_says_which_span_it_has_changed(writer: Writer, database: str) -> None:
    writer.write([frame(1), frame(9)])
    writer.write([frame(2)])
    not_certain = rows(database, CHANGED)
    writer.look_for_gaps(timedelta(0))
    writer.write([frame(3)])
    writer.write([frame(7)])
    writer.write([frame(8)])

    assert not_certain == []
    assert rows(database, CHANGED) == [
        (3, second(2.1), second(3.1), ["press-1"]),
        (7, second(7), second(7.1), ["press-1"]),
        (8, second(7.1), second(9), ["press-1"]),
    ]


def full(first: int, last: int, lost: int, epoch: int = 1) -> Gap:
    return Gap(
        cause=Cause.JOURNAL_FULL,
        from_us=START + first * SECOND,
        to_us=START + last * SECOND,
        series=[0],
        lost=lost,
        epoch=epoch,
        first_seq=first,
        last_seq=last,
    )


@pytest.mark.parametrize("told_first", [True, False])
def test_a_gap_of_which_the_agent_tells_that_it_was_dropped_says_so(
    writer: Writer, database: str, told_first: bool
) -> None:
    # The two hulls explain 2 to 5 together; 7 is explained by none.
    told = frame(1, full(2, 4, 3), full(3, 5, 3), epoch=2)
    for message in [told, frame(8)] if told_first else [frame(8), told]:
        writer.write([frame(1), frame(6), message])

    assert [(gap[0], gap[1], gap[2]) for gap in rows(database, GAPS)] == [(2, 5, "dropped"), (7, 7, "missing")]


def test_two_drops_of_one_moment_are_two_rows_and_a_second_delivery_adds_none(writer: Writer, database: str) -> None:
    told = frame(1, full(1, 4, 3), full(1, 5, 8), epoch=2)
    writer.write([told])
    writer.write([told])
    writer.write([frame(2, full(1, 6, 2), epoch=2)])

    assert rows(database, "SELECT lost, told_seq, nth FROM collection_gap ORDER BY told_seq, nth") == [
        (3, 1, 0),
        (8, 1, 1),
        (2, 2, 0),
    ]


def test_an_earlier_life_is_told_with_its_end(writer: Writer, database: str) -> None:
    down = Gap(cause=Cause.AGENT_DOWN, device="plc", from_us=START, to_us=START, epoch=1, last_seq=7, numbered=14)
    writer.write([frame(1, down, epoch=2)])

    assert rows(database, "SELECT cause, epoch, last_seq, numbered FROM collection_gap") == [("agent_down", 1, 7, 14)]


@given(st.integers(1, 30), st.integers(0, 8), ranges)
def test_a_gap_is_explained_when_each_of_its_numbers_is(first: int, more: int, hulls: list[Range]) -> None:
    numbers = range(first, first + more + 1)

    assert covered((first, first + more), hulls) == all(any(a <= n <= b for a, b in hulls) for n in numbers)


def test_what_a_late_frame_frees_is_what_was_in_the_gap_and_is_in_none_that_is_left() -> None:
    old = (second(0), second(9))

    assert freed(old, []) == [old]
    assert freed(old, [(second(0), second(4))]) == [(second(4), second(9))]
    assert freed(old, [(second(3), second(9))]) == [(second(0), second(3))]
    assert freed(old, [(second(0), second(4)), (second(5), second(9))]) == [(second(4), second(5))]


def test_a_gap_before_the_first_frame_moves_with_it() -> None:
    moment, earlier = (second(9), second(9)), (second(4), second(4))

    assert freed(moment, [earlier]) == [moment, earlier]
