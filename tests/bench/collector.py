"""The collector's way into the database, beside psql; and decoding."""

import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

from collector.rows import COPY, Numbered, copy_block
from collector.writer import Message, Writer
from contract.frame import decode, encode
from contract.sample import Quality, Sample, to_us
from contract.topics import frame_topic
from laptop.programs import bin_folder
from tests.bench.database import NO_TIMESCALE, database, timescale
from tests.bench.figure import Figure
from tests.support.frames import frame_of
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


def collector_write_ratio() -> list[Figure]:
    """Whole frames, from JSON to the commit with the ledger, one transaction a frame, against psql's bare COPY."""
    with database() as url:
        figures = _ratio(url, "collector_write", "daily partitions")
    with timescale() as url:
        if url is None:
            print(f"collector_write_ratio_timescale: {NO_TIMESCALE}")
            return figures
        return figures + _ratio(url, "collector_write", "a hypertable", "_timescale")


def _ratio(url: str, name: str, table: str, suffix: str = "") -> list[Figure]:
    """Ours and psql's in turn into the same table, each batch in a transaction of its own."""
    ours, theirs = [], []
    writer = Writer(url, SITE)
    with tempfile.TemporaryDirectory() as folder:
        script = _script(Path(folder), writer)
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
    against = f"psql \\copy of a binary file into {table}, {median(theirs):,.0f} rows/s"
    ratio = median(a / b for a, b in zip(ours, theirs, strict=True))
    return [
        Figure(f"{name}_ratio{suffix}", ratio, "ratio", against, ">= 0.9"),
        Figure(f"{name}_rate{suffix}", median(ours), "samples/s", against),
    ]


def _script(folder: Path, writer: Writer) -> Path:
    """What psql copies: the rows of a first frame, so that names and partitions are known from here."""
    frame = frame_of("edge-1", 1, 1, samples(ROWS, 0))
    writer.write([Message(frame_topic(SITE, "edge-1"), encode(frame))])
    series = np.array([writer.series[name] for name in frame.series], np.int32)
    block = folder / "block"
    block.write_bytes(copy_block([Numbered(frame, 1, series, np.zeros(frame.size, np.bool_))]))
    script = folder / "script.sql"
    copy = COPY.replace("FROM STDIN (FORMAT binary)", f"FROM '{block}' WITH (FORMAT binary)")
    script.write_text(f"\\{copy.replace('COPY', 'copy', 1)}\n" * BATCHES)
    return script


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
