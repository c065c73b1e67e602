"""How far the clocks of nodes and devices are from ours, and which times cannot be true."""

import time

import numpy as np

from contract.frame import Frame
from contract.sample import FUTURE_US

Ints = np.ndarray[tuple[int], np.dtype[np.int64]]
Bools = np.ndarray[tuple[int], np.dtype[np.bool_]]
MINUTE_US = 60_000_000


def now_us() -> int:
    """Now by the collector's wall clock, microseconds since 1970 UTC."""
    return time.time_ns() // 1000


def cannot_be_true(source_us: Ints, now: int, keep_us: int) -> Bools:
    """Which samples are dated after their arrival, or before anything that is kept: their clock is wrong."""
    wrong: Bools = (source_us > now + FUTURE_US) | (source_us < now - keep_us)
    return wrong


class Clocks:
    """The least (ours - theirs) of each source in this minute: what the way takes only adds to it."""

    def __init__(self) -> None:
        self.minute = 0
        self.least: dict[str, tuple[int, int]] = {}
        self.done: list[tuple[str, int, int, int]] = []

    def heard(self, frame: Frame, now: int) -> None:
        """A live frame that has just come: its node's clock, and those of devices that keep a time of their own."""
        self._turn(now)
        edge, source = frame.columns.edge_us, frame.columns.source_us
        self._add(frame.node, now - int(edge.max()), 1)
        own = np.flatnonzero(edge != source)
        if own.size == 0:
            return
        machines = [name.split("/", 1)[0] for name in frame.series]
        index = frame.columns.index[own]
        ahead = (edge - source)[own] + (now - int(edge.max()))
        for machine in {machines[i] for i in np.unique(index).tolist()}:
            of_machine = np.array([name == machine for name in machines])[index]
            self._add(f"{frame.node}/{machine}", int(ahead[of_machine].min()), int(of_machine.sum()))

    def finished(self, now: int) -> list[tuple[str, int, int, int]]:
        """(source, minute, offset, samples) of the minutes that have ended since the last time, each once."""
        self._turn(now)
        done, self.done = self.done, []
        return done

    def _turn(self, now: int) -> None:
        """Before anything of another minute is taken in: after a silence the next frame may come hours later."""
        minute = now - now % MINUTE_US
        if minute != self.minute:
            self.done += [(source, self.minute, offset, count) for source, (offset, count) in self.least.items()]
            self.minute = minute
            self.least.clear()

    def _add(self, source: str, offset_us: int, samples: int) -> None:
        known, count = self.least.get(source, (offset_us, 0))
        self.least[source] = min(known, offset_us), count + samples
