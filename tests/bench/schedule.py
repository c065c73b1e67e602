"""Fifty devices ten times a second by one agent on one core: how many of the polls come when they are due."""

import os
import time

import numpy as np

from tests.bench.c import MISSING
from tests.bench.chain import chain
from tests.bench.figure import Figure
from tests.bench.plant import EDGE, TAGS
from tests.bench.usage import usage

DEVICES = 50
PERIOD_S = 0.1
# On time is within a tenth of the period, before or after the beat that fits this device's requests best.
ON_TIME_S = 0.01
SETTLE_S, WINDOW_S = 5.0, 20.0


def polls_on_time() -> list[Figure]:
    """Seen from the PLCs, which note when each request comes; a poll that is missed is not on time."""
    with chain() as way:
        if way is None:
            print(f"polls_on_time: {MISSING}")
            return []
        times = way.folder / "times"
        way.start_plcs(DEVICES, PERIOD_S, times)
        way.start("collector")
        way.start("edge", EDGE)
        edge = way.running["edge"].pid
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(edge, cores[-1:])
        for other in (way.running["plc"], way.running["collector"], way.broker.process, way.postgres.process):
            if other is not None and len(cores) > 1:
                os.sched_setaffinity(other.pid, cores[:-1])
        way.until(lambda: len(np.unique(_came(times)[:, 0])) == DEVICES, "each device to be polled")
        time.sleep(SETTLE_S)
        begin, used = time.monotonic(), usage(edge).cpu_s
        time.sleep(WINDOW_S)
        end, used = time.monotonic(), usage(edge).cpu_s - used
        came = _came(times)
    at = came[:, 1] / 1e9
    inside = (at >= begin) & (at < end)
    off = [_off_beat(at[inside & (came[:, 0] == plc)]) for plc in range(DEVICES)]
    beats = DEVICES * (end - begin) / PERIOD_S
    every = np.abs(np.concatenate(off))
    share = float((every <= ON_TIME_S).sum() / beats)
    core = used / (end - begin)
    against = f"{DEVICES} devices x {TAGS} tags at {1 / PERIOD_S:.0f} Hz on one core, of which {core:.0%} was used"
    return [
        Figure("polls_on_time", min(share, 1.0), "share", f"{against}; within {ON_TIME_S * 1000:.0f} ms", ">= 0.99"),
        Figure("polls_made", min(len(every) / beats, 1.0), "share", f"{against}; at any time"),
        Figure("polls_jitter_p99", float(np.quantile(every, 0.99)) * 1000, "ms", against),
    ]


def _came(times: os.PathLike[str]) -> np.ndarray[tuple[int, int], np.dtype[np.uint64]]:
    """All requests so far: number of the PLC, nanoseconds."""
    whole = np.fromfile(times, np.uint64)
    return whole[: len(whole) // 2 * 2].reshape(-1, 2)


def _off_beat(at: np.ndarray[tuple[int], np.dtype[np.float64]]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """How far each request is from its beat; the beats are where most of them are."""
    turns = at / PERIOD_S
    middle = np.angle(np.exp(2j * np.pi * turns).mean()) / (2 * np.pi)
    return ((turns - middle + 0.5) % 1 - 0.5) * PERIOD_S
