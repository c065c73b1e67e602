"""What it costs that a frame has reached the disk before it is sent."""

import tempfile
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

from contract.sample import to_us
from edge.buffer.batch import Batch, pack
from edge.buffer.journal import Entry, Journal
from tests.bench.figure import Figure

ROUNDS = 5
APPENDS = 40
POLICIES = {"FULL": "flushed to disk at each append", "OFF": "left to the operating system"}


def journal_fsync_price() -> list[Figure]:
    """Appends a second with the policy in use, synchronous FULL, beside none, in turn; small frames and large."""
    figures = []
    for samples, suffix in ((100, ""), (5_000, "_5000")):
        speeds: dict[str, list[float]] = {policy: [] for policy in POLICIES}
        with tempfile.TemporaryDirectory(prefix="shopfloor-bench-") as folder:
            journal = Journal(Path(folder) / "edge-1.journal", datetime.now(UTC))
            for _ in range(ROUNDS):
                for policy in POLICIES:
                    journal.db.execute(f"PRAGMA synchronous = {policy}")
                    speeds[policy].append(_appends_a_second(journal, samples))
            journal.close()
        ratio = median(a / b for a, b in zip(speeds["FULL"], speeds["OFF"], strict=True))
        full, off = median(speeds["FULL"]), median(speeds["OFF"])
        against = f"{full:,.0f} appends/s {POLICIES['FULL']}, {off:,.0f} {POLICIES['OFF']}; {samples} samples a frame"
        figures += [
            Figure(f"journal_fsync_price{suffix}", ratio, "ratio", against),
            Figure(f"journal_rate{suffix}", full * samples, "samples/s", f"one frame an append; {against}"),
        ]
    return figures


def _appends_a_second(journal: Journal, samples: int) -> float:
    us = to_us(datetime.now(UTC))
    names = [f"machine-{number // 100}/t{number % 100}" for number in range(samples)]
    batch = Batch(
        names,
        np.full(samples, us),
        np.full(samples, us),
        np.arange(samples) * 0.1,
        np.zeros(samples, np.int64),
        vital=False,
    )
    made = partial(pack, [batch], "edge-1")(journal.epoch, 1, 0)
    # The same bytes each time: packing them is no matter of the disk.
    entry = Entry("live", "process", samples, us, us, lambda _epoch, _seq, _before: made)
    began = time.perf_counter()
    for _ in range(APPENDS):
        journal.append([entry])
    return APPENDS / (time.perf_counter() - began)
