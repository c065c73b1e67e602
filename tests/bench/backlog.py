"""An outage of the collector: how fast what was kept drains beside live frames, and how many bytes a sample takes."""

import sqlite3
import time
from contextlib import closing

from tests.bench.c import MISSING
from tests.bench.chain import Chain, chain
from tests.bench.figure import Figure
from tests.bench.plant import EDGE, TAGS

MACHINES, RATE = 50, 10_000
OUTAGE_S = 30.0
# What is on the way while everything is live: polls, one commit, the window.
LIVE_LAG_S = 1.0
LANES = "SELECT coalesce(sum(samples) FILTER (WHERE lane = '{}'), 0) FROM frame"


def backlog_drain_ratio() -> list[Figure]:
    """Samples of the backlog stored a second, while live ones go on, for each that was read a second."""
    with chain() as way:
        if way is None:
            print(f"backlog_drain_ratio: {MISSING}")
            return []
        way.start_all(MACHINES, MACHINES * TAGS / RATE)
        way.stop("collector")
        time.sleep(OUTAGE_S)
        sizes = _bytes_of(way)
        memory = way.moment().used["edge"].memory
        way.start("collector")
        before = _stored(way, "backlog")
        way.until(lambda: _stored(way, "backlog") > before, "the backlog", 60)
        began, first, live = time.monotonic(), _stored(way, "backlog"), _stored(way, "live")
        way.until(lambda: _lag_s(way) < LIVE_LAG_S, "the end of the backlog", 300)
        took = time.monotonic() - began
        drained, came = _stored(way, "backlog") - first, _stored(way, "live") - live
        grew = way.moment().used["edge"].memory / memory
    against = f"{drained:,} samples drained beside {came / took:,.0f} live/s; paced at 4 MB/s"
    return [
        Figure("backlog_drain_ratio", drained / took / RATE, "ratio", f"read at {RATE:,}/s; {against}", ">= 3"),
        Figure("backlog_drain_rate", drained / took, "samples/s", against),
        Figure("backlog_memory_edge", grew, "ratio", "end of the drain to its begin", "<= 1.05"),
        *sizes,
    ]


def _bytes_of(way: Chain) -> list[Figure]:
    """While nothing is forgotten: what was kept, in its frames and in the journal's file."""
    path = way.folder / "edge" / f"{EDGE}.journal"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        frames, wire, samples = db.execute("SELECT count(*), sum(length(payload)), sum(samples) FROM frame").fetchone()
        pages, free, size = (
            db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
        )
    against = f"{samples / frames:,.0f} samples a frame"
    return [
        Figure("bytes_wire", wire / samples, "bytes/sample", f"payload of MQTT; {against}"),
        Figure("bytes_journal", (pages - free) * size / samples, "bytes/sample", f"pages in use; {against}"),
    ]


def _stored(way: Chain, lane: str) -> int:
    row = way.conn.execute(LANES.format(lane).encode()).fetchone()
    assert row is not None
    return int(str(row[0]))


def _lag_s(way: Chain) -> float:
    now = way.moment()
    return (now.served - now.stored) / RATE
