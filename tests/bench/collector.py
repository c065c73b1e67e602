"""The collector's way into the database, beside psql; and decoding."""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import numpy as np

from collector.rows import COPY, Numbered, copy_block
from collector.writer import Message, Writer
from contract.database import migrate
from contract.frame import decode, encode, frame_of
from contract.sample import Quality, Sample, to_us
from contract.topics import frame_topic
from laptop.postgres import EmbeddedPostgres
from laptop.programs import bin_folder
from tests.bench.figure import Figure
from tests.times import at

ROWS = 10_000
BATCHES = 20
ROUNDS = 5
SITE = "bench"
START = to_us(at("2026-11-23 08:00"))


def samples(count: int, shift_us: int) -> list[Sample]:
    """Forty tags in turn, ten readings a second each, one in a thousand BAD."""
    return [
        Sample(
            f"machine-{i % 8}",
            f"tag-{i % 40 // 8}",
            START + shift_us + i // 40 * 100_000,
            START + shift_us + i // 40 * 100_000 + 900,
            None if i % 1000 == 999 else i * 0.1,
            Quality.BAD if i % 1000 == 999 else Quality.GOOD,
        )
        for i in range(count)
    ]


@contextmanager
def database() -> Iterator[str]:
    """A fresh, migrated database with the settings of the demo."""
    with tempfile.TemporaryDirectory(prefix="shopfloor-bench-") as folder:
        Path(folder).chmod(0o755)
        server = EmbeddedPostgres(Path(folder) / "postgres")
        url = server.start()
        migrate(url)
        yield url
        server.stop()


def collector_write_ratio() -> list[Figure]:
    """Whole frames, from JSON to the commit with the ledger, one transaction a frame, against psql's bare COPY."""
    ours, theirs = [], []
    with database() as url, tempfile.TemporaryDirectory() as folder:
        writer = Writer(url, SITE)
        frame = frame_of("edge-1", 1, 1, samples(ROWS, 0))
        writer.write([Message(frame_topic(SITE, "edge-1"), encode(frame))])  # names and partitions are known from here
        series = np.array([writer.series[name] for name in frame.series], np.int32)
        block = Path(folder) / "block"
        block.write_bytes(copy_block([Numbered(frame, 1, series, np.zeros(len(frame.index), np.bool_))]))
        script = Path(folder) / "script.sql"
        copy = COPY.replace("FROM STDIN (FORMAT binary)", f"FROM '{block}' WITH (FORMAT binary)")
        script.write_text(f"\\{copy.replace('COPY', 'copy', 1)}\n" * BATCHES)
        seq = 1
        for number in range(ROUNDS):
            payloads = [
                encode(frame_of("edge-1", 1, seq + k + 1, samples(ROWS, (number * BATCHES + k) * 25_000_000)))
                for k in range(BATCHES)
            ]
            seq += BATCHES
            began = time.perf_counter()
            for payload in payloads:
                writer.write([Message(frame_topic(SITE, "edge-1"), payload)])
            ours.append(ROWS * BATCHES / (time.perf_counter() - began))
            began = time.perf_counter()
            subprocess.run([bin_folder() / "psql", "-q", "-d", url, "-f", script], check=True, capture_output=True)
            theirs.append(ROWS * BATCHES / (time.perf_counter() - began))
        writer.close()
    against = f"psql \\copy of a binary file, {median(theirs):,.0f} rows/s"
    return [
        Figure(
            "collector_write_ratio",
            median(a / b for a, b in zip(ours, theirs, strict=True)),
            "ratio",
            against,
            ">= 0.8",
        ),
        Figure("collector_write_rate", median(ours), "samples/s", against),
    ]


def frame_decode_rate() -> list[Figure]:
    """Decoding and checking frames of 100 and of 2,000 samples."""
    figures = []
    for count, name in ((100, "frame_decode_rate"), (2_000, "frame_decode_rate_2000")):
        payload = encode(frame_of("edge-1", 1, 1, samples(count, 0)))
        rounds = 200_000 // count
        began = time.process_time()
        for _ in range(rounds):
            decode(payload)
        figures.append(Figure(name, rounds * count / (time.process_time() - began), "samples/s", f"{count} a frame"))
    return figures
