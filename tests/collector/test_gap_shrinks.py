"""A gap that a device's history has filled is shorter on record, whatever order the frames that tell of it come in."""

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import numpy as np
import psycopg
import pytest

from collector.writer import Message, Writer
from contract.gap import Cause
from contract.sample import from_us, to_us
from contract.topics import backlog_topic
from edge.buffer.batch import Batch, Unread, pack
from tests.times import at, later

NOON = to_us(at("2026-11-23 12:00"))
END = NOON + 60_000_000
NAMES = ["press-1/state", "press-1/total"]


def message(seq: int, to_us_: int | None, series: Sequence[str]) -> Message:
    gap = Unread(Cause.DEVICE_AWAY, "plc-1", NOON, to_us_, series)
    one = np.ones(1)
    batch = Batch(NAMES[:1], np.array([NOON]), np.array([NOON + seq]), one, np.zeros(1, np.int64), gaps=(gap,))
    return Message(backlog_topic("suzhou", "edge-1"), pack([batch], "edge-1", 1, seq, seq - 1))


def gap_of(database: str) -> list[Any]:
    with psycopg.connect(database) as conn:
        return conn.execute("SELECT from_at, to_at, series FROM collection_gap").fetchall()


@pytest.mark.parametrize(
    ("filled_to", "left", "expected"),
    [(NOON, [], (NOON, [])), (END, NAMES[1:], (END, NAMES[1:]))],
    ids=["all of it", "one series of it"],
)
def test_a_filled_gap_is_shorter(database: str, filled_to: int, left: list[str], expected: tuple[int, Any]) -> None:
    told = [message(1, None, NAMES), message(2, END, NAMES), message(3, filled_to, left)]

    for order in permutations(told):
        with psycopg.connect(database, autocommit=True) as conn:
            conn.execute("TRUNCATE collection_gap, frame, sequence_gap")
        writer = Writer(database, "suzhou", now=later)
        for one in order:
            writer.write([one])
        writer.close()
        assert gap_of(database) == [(from_us(NOON), from_us(expected[0]), expected[1])]
