"""Facts from samples: a week of one machine, the same by plain SQL, and how soon a late frame corrects a busy plant."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import psycopg
from psycopg.rows import TupleRow

from collector.writer import Message, Writer
from config.plant import Plant
from contract.topics import frame_topic
from edge.buffer.batch import Batch, pack
from edge.clock import now_us
from mes.keeper.store import Keeper
from runtime.database import connect
from tests.bench.database import database
from tests.bench.figure import Figure
from tests.bench.kpis import plant_of

SITE, EDGE = "works", "edge-1"
WEEK_S = 7 * 86_400
MACHINES, LATE_FRAMES = 200, 20
ROUNDS = 3
# Running time and parts of one machine, as somebody would ask for them who has only a historian's table of samples.
PLAIN_SQL = """
WITH told AS (
    SELECT value, at, lead(at) OVER (ORDER BY at) AS until FROM sample JOIN series USING (series)
     WHERE machine = 'm-0' AND tag = 'state' AND quality = 0
), counted AS (
    SELECT tag, value - lag(value) OVER (PARTITION BY tag ORDER BY at) AS parts FROM sample JOIN series USING (series)
     WHERE machine = 'm-0' AND tag IN ('total', 'rejects') AND quality = 0
)
SELECT (SELECT sum(extract(epoch FROM until - at)) FILTER (WHERE value = 1) FROM told),
       (SELECT sum(CASE WHEN parts < 0 THEN 0 ELSE parts END) FROM counted WHERE tag = 'total')
     - (SELECT sum(CASE WHEN parts < 0 THEN 0 ELSE parts END) FROM counted WHERE tag = 'rejects')
"""


@dataclass
class Feed:
    """Frames of many machines, straight into the collector's writer."""

    url: str
    machines: int
    seq: int = 0
    before: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.writer = Writer(self.url, SITE)

    def frame(self, first_us: int, seconds: int, machines: range) -> None:
        """State, parts and rejects of some machines, each second for so many seconds, in one frame."""
        second = np.arange(seconds, dtype=np.int64) + first_us // 1_000_000
        at = second * 1_000_000
        total = second // 2 % 1_000_000
        columns = {"state": np.where(second // 300 % 5 == 4, 5, 1), "total": total, "rejects": total // 50}
        zeros = np.zeros(seconds, np.int64)
        batches = [
            Batch([f"m-{n}/{tag}"] * seconds, np.full(seconds, at[0]), at, value.astype(np.float64), zeros)
            for n in machines
            for tag, value in columns.items()
        ]
        with self.lock:
            self.seq += 1
            payload = pack(batches, EDGE, 1, self.seq, self.before)
            self.before += sum(len(batch.series) for batch in batches)
            self.writer.write([Message(frame_topic(SITE, EDGE), payload)])


def recompute_week() -> list[Figure]:
    """All facts of a week of one machine from its 1.8 million samples: written for the first time, and compared."""
    plant = plant_of(1)
    first_us = (now_us() // 86_400_000_000 - 8) * 86_400_000_000
    with database() as url:
        feed = Feed(url, 1)
        for start in range(0, WEEK_S, 600):
            feed.frame(first_us + start * 1_000_000, 600, range(1))
        with connect(url, "bench") as conn:
            conn.execute("VACUUM ANALYZE sample")
            keeper = Keeper(conn, plant)
            written = _made(keeper)
            again, plain = [], []
            for _ in range(ROUNDS):
                keeper.rebuild()
                again.append(_made(keeper))
                began = time.perf_counter()
                conn.execute(PLAIN_SQL.encode()).fetchone()
                plain.append(time.perf_counter() - began)
            rows = conn.execute("SELECT (SELECT count(*) FROM sample), (SELECT count(*) FROM count_step)").fetchone()
    assert rows is not None
    against = f"{rows[0]:,} samples of state, parts and rejects, one a second each; {rows[1]:,} count steps"
    return [
        Figure("recompute_week", min(again), "s", f"computed and compared with what is kept: {against}", "< 1"),
        Figure("recompute_week_written", written, "s", "the same when none of its facts is there yet"),
        Figure(
            "plain_sql_week", min(plain), "s", "running time and good parts alone, by window functions over samples"
        ),
        Figure("recompute_sql_ratio", min(again) / min(plain), "ratio", "recompute_week by plain_sql_week"),
    ]


def _made(keeper: Keeper) -> float:
    began = time.perf_counter()
    while keeper.step():
        pass
    return time.perf_counter() - began


def late_to_corrected() -> list[Figure]:
    """A frame of an hour ago, from its arrival until its facts can be read; 200 machines tell something each second.

    Frames go through the collector's writer and facts are made by mes's own step, as in the services, in one process.
    """
    plant = plant_of(MACHINES)
    with database() as url:
        feed = Feed(url, MACHINES)
        start = now_us() - 2 * 3_600_000_000
        for minute in range(0, 120, 10):
            for some in range(0, MACHINES, 5):
                feed.frame(start + minute * 60_000_000, 540, range(some, some + 5))
        with connect(url, "bench") as conn, _followed(url, plant) as steps, _live(feed):
            steps.wait()
            took = [_corrected(feed, conn, start, number) for number in range(LATE_FRAMES)]
    against = f"{MACHINES} machines with three values a second; {LATE_FRAMES} frames that are an hour late"
    return [
        Figure("late_to_corrected", float(np.quantile(took, 0.5)), "s", f"median: {against}", "< 2"),
        Figure("late_to_corrected_worst", max(took), "s", against, "< 2"),
    ]


def _corrected(feed: Feed, conn: psycopg.Connection[TupleRow], start: int, number: int) -> float:
    """Fill the minute of silence at the end of ten with what was read then; until a step of that time is there."""
    machine, at = number * 7 % MACHINES, start + (60 + 9) * 60_000_000 - 30_000_000 + 60_000_000
    asked = (f"m-{machine}", at / 1e6, at / 1e6 + 30)
    query = "SELECT count(*) FROM count_step WHERE machine = %s AND at >= to_timestamp(%s) AND at < to_timestamp(%s)"
    before = conn.execute(query, asked).fetchone()
    began = time.perf_counter()
    feed.frame(at, 30, range(machine, machine + 1))
    while conn.execute(query, asked).fetchone() == before:
        if time.perf_counter() - began > 60:
            raise TimeoutError("a late frame was not in the facts after a minute")
        time.sleep(0.01)
    return time.perf_counter() - began


@contextmanager
def _followed(url: str, plant: Plant) -> Iterator[threading.Event]:
    """Facts kept in step; the event says that all that was there before is in them."""
    ending, caught_up = threading.Event(), threading.Event()

    def follow() -> None:
        with connect(url, "bench-mes") as conn:
            keeper = Keeper(conn, plant)
            while not ending.is_set():
                if not keeper.step():
                    caught_up.set()
                    ending.wait(0.05)

    thread = threading.Thread(target=follow, name="mes")
    thread.start()
    try:
        yield caught_up
    finally:
        ending.set()
        thread.join()


@contextmanager
def _live(feed: Feed) -> Iterator[None]:
    """Every second a second of every machine."""
    ending = threading.Event()

    def tell() -> None:
        while not ending.wait(1 - time.time() % 1):
            feed.frame(now_us(), 1, range(feed.machines))

    thread = threading.Thread(target=tell, name="live")
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()
