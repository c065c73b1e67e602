"""How many samples a second the whole way carries, what each part costs for it, and how that grows with machines."""

import time
from dataclasses import dataclass

from tests.bench.c import MISSING
from tests.bench.chain import Chain, Moment, chain
from tests.bench.figure import Figure
from tests.bench.plant import TAGS

MACHINES = 100
EACH = 200
RATES = (20_000, 35_000, 50_000, 65_000, 80_000, 100_000, 125_000, 150_000)
SETTLE_S, WINDOW_S = 4.0, 20.0
PARTS = ("plc", "edge", "broker", "collector", "postgres")
# What is on the way may swing by this many seconds of the rate between two moments: a poll, a commit, a window.
SWING_S = 0.5


@dataclass(frozen=True, slots=True)
class Run:
    """A slice at one offered rate; `lag` is what was served and not yet stored, in seconds of that rate."""

    offered: float
    first: Moment
    last: Moment

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.last.at - self.first.at

    @property
    def rate(self) -> float:
        """Samples stored a second; a lag that was there before and has shrunk does not count."""
        return min(self.last.stored - self.first.stored, self.last.served - self.first.served) / self.seconds

    @property
    def lag_grew_s(self) -> float:
        """By how many seconds of the offered rate more was on the way at the end than at the beginning."""
        served, stored = self.last.served - self.first.served, self.last.stored - self.first.stored
        return (served - stored) / self.offered

    @property
    def sustained(self) -> bool:
        """True when all that was offered was polled, and all that was polled was stored."""
        polled = (self.last.served - self.first.served) / self.seconds
        return polled >= 0.98 * self.offered and self.lag_grew_s <= SWING_S

    def cpu_s(self, part: str) -> float:
        """CPU seconds of a part for a million samples."""
        used = self.last.used[part].cpu_s - self.first.used[part].cpu_s
        return used / (self.last.stored - self.first.stored) * 1e6

    def memory_mb(self, part: str) -> float:
        """At the end."""
        return self.last.used[part].memory / 1e6


def end_to_end_rate() -> list[Figure]:
    """The highest of the offered rates that is sustained for 20 s: real PLCs to committed rows."""
    with chain() as way:
        if way is None:
            print(f"end_to_end_rate: {MISSING}")
            return []
        best: Run | None = None
        low, high = 0, len(RATES)
        while low < high:
            middle = (low + high) // 2
            run = measured(way, MACHINES, RATES[middle])
            print(_told(run), flush=True)
            if run.sustained:
                best, low = run, middle + 1
            else:
                high = middle
    if best is None:
        print(f"end_to_end_rate: not even {RATES[0]:,} samples/s are sustained here")
        return []
    total = sum(best.cpu_s(part) for part in PARTS)
    against = (
        f"{MACHINES} PLCs x {TAGS} tags, all change at each poll; for {best.seconds:.0f} s; PLCs on the same cores"
    )
    costs = [
        Figure(f"end_to_end_cpu_{part}", best.cpu_s(part), "CPU s/million", f"at {best.rate:,.0f} samples/s")
        for part in PARTS
    ]
    grew = {part: best.last.used[part].memory / best.first.used[part].memory for part in ("edge", "collector")}
    flat = [
        Figure(f"end_to_end_memory_{part}", ratio, "ratio", f"end to begin of {best.seconds:.0f} s", "<= 1.05")
        for part, ratio in grew.items()
    ]
    rate = Figure("end_to_end_rate", best.rate, "samples/s", against, ">= 100000")
    return [rate, Figure("end_to_end_cpu", total, "CPU s/million", "all parts together", "<= 20"), *costs, *flat]


def machines_growth() -> list[Figure]:
    """What 1, 10 and 100 machines cost at 200 samples/s each: a fixed part that many share, and one for each sample."""
    figures = []
    with chain() as way:
        if way is None:
            print(f"machines_growth: {MISSING}")
            return []
        for machines in (1, 10, 100):
            run = measured(way, machines, machines * EACH, 15)
            print(_told(run), flush=True)
            against = f"{machines} machines x {EACH} samples/s, {run.rate:,.0f} stored/s"
            total = sum(run.cpu_s(part) for part in PARTS)
            figures.append(Figure(f"machines_{machines}_cpu", total, "CPU s/million", against))
            for part in PARTS:
                figures.append(Figure(f"machines_{machines}_cpu_{part}", run.cpu_s(part), "CPU s/million", against))
                figures.append(Figure(f"machines_{machines}_memory_{part}", run.memory_mb(part), "MB", against))
    return figures


def measured(way: Chain, machines: int, rate: float, window_s: float = WINDOW_S) -> Run:
    """One slice at an offered rate, after it has settled."""
    way.start_all(machines, machines * TAGS / rate)
    _wait(way, SETTLE_S)
    first = way.moment()
    _wait(way, window_s)
    last = way.moment()
    way.stop("plc", "edge", "collector")
    return Run(rate, first, last)


def _wait(way: Chain, seconds: float) -> None:
    end = time.monotonic() + seconds
    way.until(lambda: time.monotonic() >= end, "the end of the window", seconds + 60)


def _told(run: Run) -> str:
    costs = ", ".join(f"{part} {run.cpu_s(part):.1f}" for part in PARTS)
    word = "sustained" if run.sustained else "not sustained"
    return (
        f"  offered {run.offered:,.0f}/s: stored {run.rate:,.0f}/s, lag grew {run.lag_grew_s:.1f} s, {word};"
        f" CPU s/million: {costs}"
    )
