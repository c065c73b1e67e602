"""What a service says of itself: do its loops turn, can it do its work, and its numbers for Prometheus.

Alive and ready are two questions: who is not alive is restarted, who is not ready waits for something else.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, ProcessCollector, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

# A process is one service: its counters are the process's, and every metrics.py registers them here.
REGISTRY = CollectorRegistry()
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library gives it no types
ProcessCollector(registry=REGISTRY)
RESTART = "restart the service; if it happens again, send its log to the maintainers"


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a service works with: well while `trouble` is empty; without a `needed` one it is not ready."""

    name: str
    trouble: str = ""
    cure: str = ""
    needed: bool = True
    detail: str = ""

    def told(self) -> dict[str, object]:
        """For the answer: only what there is to say."""
        said = {"ok": not self.trouble, "reason": self.trouble, "cure": self.cure if self.trouble else ""}
        return {name: text for name, text in {**said, "detail": self.detail}.items() if text != ""}


STARTING = Part("start", "the service is starting", "wait; what takes so long stands in its log")


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP status, 200 or 503, and the document that goes with it."""

    status: int
    document: dict[str, object]


@dataclass
class Health:
    """The loops of one service, which must turn at least every `watchdog_s`, and the parts that it needs now."""

    service: str
    watchdog_s: float
    parts: Callable[[], Sequence[Part]] = lambda: [STARTING]
    clock: Callable[[], float] = time.monotonic
    loops: dict[str, tuple[float, float]] = field(default_factory=dict)

    def loop(self, name: str, period_s: float = 0.0) -> Callable[[], None]:
        """What a loop calls each time it turns; `period_s` is how long it rests by itself."""

        def beat() -> None:
            self.loops[name] = self.clock(), period_s

        beat()
        return beat

    def end(self, name: str) -> None:
        """This loop turns no more, and shall not."""
        self.loops.pop(name, None)

    def live(self) -> Answer:
        """200 while every loop turns: it says nothing about broker or database, a restart would not bring them."""
        now = self.clock()
        ages = {name: now - last for name, (last, _) in list(self.loops.items())}
        stuck = self._stuck(now)
        document: dict[str, object] = {"service": self.service, "live": not stuck}
        if stuck:
            document |= {"reason": f"{stuck} has not turned for {ages[stuck]:.0f} s", "cure": RESTART}
        document["loops_age_s"] = {name: round(age, 3) for name, age in sorted(ages.items())}
        return Answer(503 if stuck else 200, document)

    def ready(self, parts: Sequence[Part]) -> Answer:
        """200 when nothing that is needed is in trouble; otherwise the first reason and its cure, and all parts."""
        trouble = next((part for part in self._with_loops(parts) if part.needed and part.trouble), None)
        document: dict[str, object] = {"service": self.service, "ready": trouble is None}
        if trouble is not None:
            document |= {"reason": f"{trouble.name}: {trouble.trouble}", "cure": trouble.cure}
        document["parts"] = {part.name: part.told() for part in self._with_loops(parts)}
        return Answer(200 if trouble is None else 503, document)

    def metrics(self, parts: Sequence[Part]) -> bytes:
        """All numbers in Prometheus' text format."""
        now = CollectorRegistry()
        now.register(_Now(self, parts))
        return generate_latest(now) + generate_latest(REGISTRY)

    def _stuck(self, now: float) -> str:
        """The first loop that has stood still for too long, or nothing."""
        over = (name for name, (last, rest) in list(self.loops.items()) if now - last > self.watchdog_s + rest)
        return next(over, "")

    def _with_loops(self, parts: Sequence[Part]) -> list[Part]:
        stuck = self._stuck(self.clock())
        return [Part("loops", f"{stuck} stands still" if stuck else "", RESTART), *parts]


@dataclass(frozen=True, eq=False)
class _Now(Collector):
    """What is not counted but is so at the moment of the question."""

    health: Health
    parts: Sequence[Part]

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Age of each loop, and 1 or 0 for each part and for the whole."""
        now = self.health.clock()
        ages = GaugeMetricFamily("shopfloor_loop_age_seconds", "Since a loop last turned.", labels=["loop"])
        for name, (last, _) in list(self.health.loops.items()):
            ages.add_metric([name], now - last)
        yield ages
        parts = GaugeMetricFamily("shopfloor_part_ok", "1 while a part is well.", labels=["part"])
        for part in self.parts:
            parts.add_metric([part.name], float(not part.trouble))
        yield parts
        ready = self.health.ready(self.parts).status == 200
        yield GaugeMetricFamily("shopfloor_ready", "1 while the service can do its work.", value=float(ready))
