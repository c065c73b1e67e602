"""The whole edge agent beside programs that users would take instead: same PLCs, registers, pace and broker."""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

from laptop.ports import free_port
from tests.bench import nodered, thingsboard
from tests.bench.c import MISSING
from tests.bench.chain import Chain, chain
from tests.bench.figure import Figure
from tests.bench.plant import EDGE, TAGS
from tests.bench.taker import Taker
from tests.bench.usage import usage

DEVICES = 100
SETTLE_S, WINDOW_S = 5.0, 20.0


@dataclass(frozen=True, slots=True)
class Cost:
    """What a program published in a second of the window, and for a second of CPU."""

    rate: float
    for_cpu_s: float

    def told(self, name: str) -> str:
        """In words."""
        return f"{name} {self.rate:,.0f} values/s, {1e6 / self.for_cpu_s:.1f} CPU s/million"


def peer_ratio() -> list[Figure]:
    """Values for a CPU second beside ThingsBoard's gateway, which PyPI has, at a rate that it sustains."""
    with chain() as way:
        if way is None:
            print(f"peer_ratio: {MISSING}")
            return []
        python = thingsboard.installed(way.folder)
        if isinstance(python, str):
            print(f"peer_ratio: not measured, {python}")
            return []
        poll_s = 1.0
        ours = {every: _ours(way, poll_s, every) for every in ("1s", "50ms")}

        ports = way.start_plcs(DEVICES, poll_s)
        server, folder = thingsboard.Server(way.broker.port), way.folder / "thingsboard"
        thingsboard.configure(folder, way.broker.port, ports, TAGS, poll_s)
        theirs = _peer(way, lambda: thingsboard.started(python, folder), lambda: server.values)
        server.stop()
    peer = f"ThingsBoard gateway {thingsboard.VERSION}"
    return [
        *_figures("peer", "_1s", ours["1s"], theirs, f"{peer}, frames of 1 s", poll_s, ">= 6"),
        *_figures("peer", "_50ms", ours["50ms"], theirs, f"{peer}, frames of 50 ms", poll_s, ">= 4"),
    ]


def nodered_ratio() -> list[Figure]:
    """Values for a CPU second beside Node-RED, which npm has, ten polls a second."""
    with chain() as way:
        if way is None:
            print(f"nodered_ratio: {MISSING}")
            return []
        folder = way.folder / "node-red"
        if missing := nodered.installed(folder):
            print(f"nodered_ratio: not measured, {missing}")
            return []
        poll_s = 0.1
        ours = _ours(way, poll_s, "200ms")

        ports = way.start_plcs(DEVICES, poll_s)
        listener = nodered.Listener(way.broker.port)
        nodered.configure(folder, free_port(), way.broker.port, ports, TAGS, poll_s)
        theirs = _peer(way, lambda: nodered.started(folder), lambda: listener.values)
        listener.stop()
    return _figures("nodered", "", ours, theirs, f"{nodered.PACKAGES[0]}, frames of 200 ms", poll_s, ">= 1.9")


def _ours(way: Chain, poll_s: float, frame_every: str) -> Cost:
    """Read, scale, quality, deadband, journal, publish, and forget what is acknowledged."""
    way.start_plcs(DEVICES, poll_s)
    taker = Taker(way.broker.port)
    way.start("edge", EDGE, SHOPFLOOR_FRAME_EVERY=frame_every)
    cost = _measured(way, way.running["edge"].pid, lambda: taker.values)
    way.stop("plc", "edge")
    taker.stop()
    return cost


def _peer(way: Chain, start: Callable[[], subprocess.Popen[bytes]], values: Callable[[], int]) -> Cost:
    way.running["peer"] = process = start()
    cost = _measured(way, process.pid, values)
    way.stop("peer", "plc")
    return cost


def _measured(way: Chain, pid: int, values: Callable[[], int]) -> Cost:
    """What comes in the window, once it comes."""
    way.until(lambda: values() > 0, "the first value", 120)
    time.sleep(SETTLE_S)
    began, count, cpu_s = time.monotonic(), values(), usage(pid).cpu_s
    time.sleep(WINDOW_S)
    count, cpu_s = values() - count, usage(pid).cpu_s - cpu_s
    return Cost(count / (time.monotonic() - began), count / cpu_s)


def _figures(name: str, setting: str, ours: Cost, theirs: Cost, peer: str, poll_s: float, aim: str) -> list[Figure]:
    offered = DEVICES * TAGS / poll_s
    print(f"  offered {offered:,.0f} values/s: {ours.told('ours')}; {theirs.told(peer)}", flush=True)
    against = f"{peer}; {DEVICES} PLCs x {TAGS} registers, {offered:,.0f} values/s offered"
    return [
        Figure(f"{name}_ratio{setting}", ours.for_cpu_s / theirs.for_cpu_s, "ratio", against, aim),
        Figure(f"{name}_ours{setting}", 1e6 / ours.for_cpu_s, "CPU s/million", f"{ours.rate:,.0f} values/s published"),
        Figure(
            f"{name}_theirs{setting}", 1e6 / theirs.for_cpu_s, "CPU s/million", f"{theirs.rate:,.0f} values/s published"
        ),
    ]
