"""The block for COPY, written to a real PostgreSQL, reads back exactly."""

import math
import struct
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.rows import COPY, HEADER, TRAILER, Numbered, copy_block
from contract.frame import MAX_FRAME_SPAN_US
from contract.sample import Quality, Sample, to_us
from runtime.database import connect
from runtime.storage import prepare
from tests.support.frames import frame_of
from tests.times import at

NOON = to_us(at("2026-11-23 12:00"))
END_US = to_us(at("2200-01-01 00:00"))
CURIOUS = [0.0, -0.0, 5e-324, -5e-324, sys.float_info.min, 1e308, -1e308, sys.float_info.max, math.pi, 2.0**53 + 2]
READ_BACK = """
SELECT (extract(epoch FROM at) * 1000000)::bigint, (extract(epoch FROM edge_at) * 1000000)::bigint,
       series, epoch, seq, float8send(value), quality, node
  FROM sample
"""
Row = tuple[int, int, int, int, int, bytes | None, int, int]

times = st.integers(0, END_US - 1)
of_one_month = st.integers(NOON, NOON + MAX_FRAME_SPAN_US)
floats = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from(CURIOUS)
qualities = st.sampled_from([Quality.GOOD, Quality.UNCERTAIN])
readings = st.tuples(floats, qualities) | st.just((None, Quality.BAD))
samples = st.builds(
    lambda tag, source, edge, reading: Sample("press-1", tag, source, edge, *reading),
    *(st.sampled_from(["state", "temp", "t"]), times, of_one_month, readings),
)
frames = st.tuples(st.integers(1, 2**31 - 1), st.integers(1, 2**40 - 1), st.lists(samples, min_size=1, max_size=10))


def numbered(epoch: int, seq: int, read: Sequence[Sample], node: int = 32_767) -> Numbered:
    """A frame whose series have large numbers, in an order unlike that of the frame."""
    frame = frame_of("edge-1", epoch, seq, read)
    return Numbered(
        frame,
        node,
        np.array([2**31 - 1 - len(name) for name in frame.series], np.int32),
        np.zeros(frame.size, np.bool_),
    )


def expected(of: Sequence[Numbered]) -> list[Row]:
    return sorted((_row(one, sample) for one in of for sample in one.frame.samples()), key=repr)


def _row(of: Numbered, sample: Sample) -> Row:
    value = None if sample.value is None else struct.pack(">d", sample.value)
    frame = of.frame
    series = 2**31 - 1 - len(f"{sample.machine}/{sample.tag}")
    return (sample.source_us, sample.edge_us, series, frame.epoch, frame.seq, value, int(sample.quality), of.node)


def stored(conn: psycopg.Connection[Any], block: bytes) -> list[Row]:
    """What the database holds of a block, which it then forgets."""
    with conn.transaction(force_rollback=True):
        with conn.cursor() as cursor, cursor.copy(COPY) as copy:
            copy.write(block)
        return sorted(conn.execute(READ_BACK).fetchall(), key=repr)


@pytest.fixture
def conn(database: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection to a database that has room for samples of any time."""
    with connect(database, "test") as made:
        prepare(made, [])
        yield made


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(frames, min_size=1, max_size=4))
def test_every_sample_of_every_frame_reads_back_bit_for_bit(
    conn: psycopg.Connection[Any], read: list[tuple[int, int, list[Sample]]]
) -> None:
    of = [numbered(*one, node=number + 1) for number, one in enumerate(read)]

    found = stored(conn, copy_block(of))

    assert expected(of) == found


@pytest.mark.parametrize("value", CURIOUS)
def test_a_curious_value_reads_back_bit_for_bit(conn: psycopg.Connection[Any], value: float) -> None:
    of = [numbered(1, 1, [Sample("press-1", "temp", NOON, NOON + 1, value, Quality.GOOD)])]

    [(*_, found, quality, _node)] = stored(conn, copy_block(of))

    assert struct.pack(">d", value) == found
    assert quality == Quality.GOOD


@pytest.mark.parametrize("us", [0, 1, 946_684_799_999_999, 946_684_800_000_000, NOON + 1, END_US - 1])
def test_a_time_reads_back_to_the_microsecond(conn: psycopg.Connection[Any], us: int) -> None:
    of = [numbered(1, 1, [Sample("press-1", "temp", us, END_US - 1 - us, 1.0, Quality.GOOD)])]

    [(at, edge_at, *_)] = stored(conn, copy_block(of))

    assert (us, END_US - 1 - us) == (at, edge_at)


def test_a_frame_without_one_good_value_is_stored_with_nulls(conn: psycopg.Connection[Any]) -> None:
    of = [numbered(1, 1, [Sample("press-1", "temp", NOON + i, NOON, None, Quality.BAD) for i in range(3)])]

    found = stored(conn, copy_block(of))

    assert expected(of) == found
    assert all(value is None for *_, value, _quality, _node in found)


def test_no_frame_is_an_empty_block(conn: psycopg.Connection[Any]) -> None:
    assert copy_block([]) == HEADER + TRAILER
    assert stored(conn, HEADER + TRAILER) == []
