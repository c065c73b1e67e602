"""Acknowledgements cover exactly what is held, in the fewest ranges; a broken message is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contract.messages import Ack, NodeState, Status, ranges_of

# Few numbers, so that neighbours, holes and equal numbers of different epochs are common.
keys = st.sets(st.tuples(st.integers(1, 3), st.integers(1, 12)))
STATUS = {"v": 1, "node": "edge-1", "state": "online", "epoch": 3, "at_us": 1_795_435_200_000_000}


def covered(ranges: list[tuple[int, int, int]]) -> list[tuple[int, int]]:
    return [(epoch, seq) for epoch, first, last in ranges for seq in range(first, last + 1)]


@given(keys)
def test_ranges_cover_exactly_what_is_held_and_nothing_twice(held: set[tuple[int, int]]) -> None:
    assert sorted(held) == covered(ranges_of(held))


@given(keys)
def test_there_are_as_many_ranges_as_runs_and_no_more(held: set[tuple[int, int]]) -> None:
    begins = {(epoch, seq) for epoch, seq in held if (epoch, seq - 1) not in held}

    assert len(begins) == len(ranges_of(held))


def test_an_epochs_end_is_not_the_next_ones_beginning() -> None:
    ranges = ranges_of({(1, 7), (1, 8), (2, 9)})

    assert ranges == [(1, 7, 8), (2, 9, 9)]


def test_an_acknowledgement_arrives_as_it_was_sent() -> None:
    ack = Ack(ranges=[(3, 1, 40), (3, 42, 2**40 - 1)])

    assert ack == Ack.model_validate_json(ack.model_dump_json())


@pytest.mark.parametrize(
    "payload",
    [
        "[",
        '{"ranges": []}',
        '{"ranges": "all"}',
        '{"ranges": [[1, 2]]}',
        '{"v": 2, "ranges": [[1, 2, 3]]}',
        '{"ranges": [[0, 2, 3]]}',
        '{"ranges": [[2147483648, 2, 3]]}',
        '{"ranges": [[1, 2, 9223372036854775808]]}',
    ],
)
def test_a_broken_acknowledgement_is_refused(payload: str) -> None:
    with pytest.raises(ValidationError):
        Ack.model_validate_json(payload)


def test_a_status_arrives_as_it_was_sent() -> None:
    status = Status(node="edge-1", state=NodeState.OFFLINE, epoch=3, at_us=1)

    assert status == Status.model_validate_json(status.model_dump_json())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("v", 2),
        ("node", "Edge 1"),
        ("node", "edge-1\0"),
        ("state", "dancing"),
        ("epoch", 0),
        ("epoch", 2**31),
        ("at_us", -1),
        ("colour", "red"),
    ],
)
def test_a_broken_status_is_refused_with_its_place(key: str, value: object) -> None:
    with pytest.raises(ValidationError, match=key):
        Status.model_validate_json(json.dumps(STATUS | {key: value}))
