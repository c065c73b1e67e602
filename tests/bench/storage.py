"""Bytes a sample in the database: plain, and where a server can, as hypertable and compressed."""

import time
from datetime import UTC, datetime, timedelta

import numpy as np

from collector.writer import Message, Writer
from contract.topics import frame_topic
from edge.buffer.batch import Batch, pack
from runtime.database import connect
from runtime.storage import Level, compress, level
from tests.bench.database import NO_TIMESCALE, database, timescale
from tests.bench.figure import Figure
from tests.bench.plant import EDGE, SITE

SERIES, SECONDS = 200, 3_000
SIZES = {
    Level.PLAIN: "SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent = 'sample'::regclass",
    Level.APACHE: "SELECT hypertable_size('sample')",
    Level.COMMUNITY: "SELECT hypertable_size('sample')",
}


def database_bytes() -> list[Figure]:
    """The same samples on each level: readings with noise, once a second, their times a little off the second."""
    with database() as url:
        figures = [_filled(url, "bytes_database")]
    with timescale() as url:
        if url is None:
            print(f"bytes_database_hypertable, bytes_database_compressed: {NO_TIMESCALE}")
            return figures
        figures.append(_filled(url, "bytes_database_hypertable"))
        with connect(url, "bench") as conn:
            if level(conn) is not Level.COMMUNITY:
                print("bytes_database_compressed: not measured, that server has no TimescaleDB Community")
                return figures
            compress(conn, datetime.now(UTC) + timedelta(days=3))
        figures.append(_size(url, "bytes_database_compressed"))
    return figures


def _filled(url: str, name: str) -> Figure:
    writer = Writer(url, SITE)
    for message in _messages():
        writer.write([message])
    writer.close()
    return _size(url, name)


def _size(url: str, name: str) -> Figure:
    with connect(url, "bench") as conn:
        row = conn.execute(SIZES[level(conn)].encode()).fetchone()
        count = conn.execute("SELECT count(*) FROM sample").fetchone()
        assert row is not None
        assert count == (SERIES * SECONDS,)
        against = f"{SERIES} series x {SECONDS} readings, index included, level {level(conn)}"
    return Figure(name, float(row[0]) / (SERIES * SECONDS), "bytes/sample", against)


def _messages() -> list[Message]:
    """Frames of ten seconds; each value takes a random step of 0.7 to 1.4 up or down, as the bench's PLCs do."""
    drawn = np.random.default_rng(20_261_123)
    names = [f"machine-{number // 20}/t{number % 20}" for number in range(SERIES)]
    # On one UTC day, so that it is one partition or chunk.
    midnight = int(time.time()) // 86_400 * 86_400 - 86_400
    value = drawn.integers(1_000, 59_000, SERIES).astype(np.float64)
    messages = []
    for seq in range(SECONDS // 10):
        batches = []
        for second in range(seq * 10, seq * 10 + 10):
            value += drawn.choice([-1, 1], SERIES) * drawn.integers(7, 15, SERIES)
            at = (midnight + second) * 1_000_000 + int(drawn.integers(0, 3_000))
            zeros = np.zeros(SERIES, np.int64)
            batches.append(
                Batch(names, np.full(SERIES, at), np.full(SERIES, at, np.int64), value * 0.1, zeros, vital=False)
            )
        payload = pack(batches, EDGE, 1, seq + 1, seq * 10 * SERIES)
        messages.append(Message(frame_topic(SITE, EDGE), payload))
    return messages
