"""A million samples wait in the journal: the wall is live within seconds all the same, and memory stays flat."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from contract.sample import to_us
from edge.buffer.batch import Batch, pack
from edge.buffer.journal import Entry, Journal
from laptop.broker import LocalBroker
from tests.collector.senders import rows
from tests.journeys.system import lively_plant
from tests.support.eventually import eventually

pytestmark = pytest.mark.journey
EDGE = "edge-1"
FRAMES = 200
SAMPLES = 5_000
LIVE_WITHIN_S = 10
MOST_MB = 250
STORED = "SELECT count(*) FILTER (WHERE lane = 'live'), count(*) FILTER (WHERE lane = 'backlog') FROM frame"


def hours_of_backlog(path: Path) -> int:
    """A journal that an agent filled while nobody listened; the epoch of its frames."""
    began = datetime.now(UTC) - timedelta(hours=3)
    journal = Journal(path, began)
    series = [f"press-1/tag-{number}" for number in range(50)] * (SAMPLES // 50)
    for number in range(FRAMES):
        first = to_us(began) + number * 50_000_000
        at = first + np.repeat(np.arange(SAMPLES // 50), 50) * 500_000
        batch = Batch(
            series,
            np.full(SAMPLES, first),
            at,
            np.arange(SAMPLES) * 0.37 + number,
            np.zeros(SAMPLES, np.int64),
            vital=False,
        )
        last = int(at.max())
        made = partial(pack, [batch], EDGE)
        journal.append([Entry("live", "process", SAMPLES, first, last, made)])
    epoch = journal.epoch
    journal.close()
    return epoch


@contextmanager
def program(
    folder: Path, plant: Path, name: str, *arguments: str, **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A subcommand as a process, not forked: its memory is measured."""
    settings = {"SHOPFLOOR_PLANT": str(plant), "SHOPFLOOR_DATA": str(folder / "data")} | environment
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "shopfloor.py", *arguments], stdout=log, stderr=log, env=os.environ | settings
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(15)


def peak_mb(pid: int) -> float:
    """The most memory that a process has had."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="utf-8"))
    assert found is not None
    return int(found[1]) / 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc: the memory cannot be measured")
def test_live_frames_arrive_within_seconds_while_a_million_samples_drain_in_bounded_memory(
    tmp_path: Path, broker: LocalBroker, database: str, free_port: Callable[[], int]
) -> None:
    epoch = hours_of_backlog(tmp_path / "data" / "edge" / f"{EDGE}.journal")
    plant = lively_plant(tmp_path, free_port)
    simulated = ("--truth", str(tmp_path / "truth.jsonl"), "--pace", "lively")
    with ExitStack() as stack:
        stack.enter_context(program(tmp_path, plant, "simulator", "simulator", *simulated))
        eventually(
            "the simulator", lambda: "simulator_ready" in (tmp_path / "simulator.log").read_text(encoding="utf-8"), 60
        )
        url = f"mqtt://127.0.0.1:{broker.port}"
        settings = {"SHOPFLOOR_BROKER": url, "SHOPFLOOR_DATABASE": database}
        collector = stack.enter_context(program(tmp_path, plant, "collector", "collector", **settings))
        edge = stack.enter_context(program(tmp_path, plant, "edge", "edge", EDGE, SHOPFLOOR_BROKER=url))
        log = tmp_path / "edge.log"
        eventually("the agent to be online", lambda: "node_online" in log.read_text(encoding="utf-8"))
        online = time.monotonic()

        eventually("live frames", lambda: rows(database, STORED)[0][0] >= 3)
        live_after, drained = time.monotonic() - online, rows(database, STORED)[0][1]
        eventually("the backlog", lambda: rows(database, "SELECT count(*) FROM sequence_gap") == [(0,)], 120)
        eventually(
            "all of it", lambda: rows(database, f"SELECT count(*) FROM frame WHERE epoch = {epoch}") == [(FRAMES,)], 120
        )
        memory = peak_mb(edge.pid), peak_mb(collector.pid)

    assert live_after < LIVE_WITHIN_S
    assert drained < FRAMES / 2
    assert rows(database, f"SELECT count(*) FROM sample WHERE epoch = {epoch}") == [(FRAMES * SAMPLES,)]
    assert max(memory) < MOST_MB, memory
