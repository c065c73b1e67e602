"""How many OPC UA notifications the whole agent takes before the first is lost, and how many at twice that."""

import asyncio
import time
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from contract.runs import from_ranges
from laptop.ports import free_port
from tests.bench.chain import Chain, chain
from tests.bench.figure import Figure
from tests.bench.plant import EDGE, plant_of
from tests.bench.taker import Taker
from tests.bench.usage import usage
from tests.edge.opcua.peer import PeerPlc, build_open62541
from tests.edge.opcua.plc import URI

HERTZ = 10
ITEMS = (500, 1_000, 2_000, 3_000, 4_000, 6_000, 8_000)
SETTLE_S, WINDOW_S = 3.0, 10.0


class Order:
    """Whether each series counts up by one; `missing` is how many numbers did not come, `values` how many did."""

    def __init__(self) -> None:
        self.newest: dict[str, float] = {}
        self.missing = self.values = 0

    def look(self, frame: dict[str, Any]) -> None:
        """A frame as it came."""
        value = np.array(frame["value"], np.float64)
        # What is BAD has no number, and a name may stand in a frame for a gap alone.
        told = ~np.isnan(value)
        self.values += int(told.sum())
        value, index = value[told], from_ranges("index", frame["index"], told.size, len(frame["series"]))[told]
        by_series = np.argsort(index, kind="stable")
        numbers = value[by_series]
        counts = np.bincount(index, minlength=len(frame["series"]))
        names = [name for name, count in zip(frame["series"], counts.tolist(), strict=True) if count]
        ends = np.cumsum(counts)[counts > 0]
        starts = ends - counts[counts > 0]
        firsts = [
            numbers[at] - 1 if (known := self.newest.get(name)) is None else known
            for name, at in zip(names, starts, strict=True)
        ]
        steps = np.diff(numbers, prepend=numbers[:1])
        steps[starts] = numbers[starts] - np.array(firsts)
        self.missing += int(np.maximum(steps - 1, 0).sum())
        self.newest |= zip(names, numbers[ends - 1].tolist(), strict=True)


def opcua_notifications() -> list[Figure]:
    """The most notifications a second without one lost, ten changes a second of each item; and those at twice that."""
    with chain() as way:
        if way is None:
            print("opcua_notifications: not measured, no C compiler or libmodbus for the chain that it shares")
            return []
        program = build_open62541(way.folder)
        if isinstance(program, str):
            print(f"opcua_notifications: not measured, {program}")
            return []
        best, most = (0.0, ""), 0
        for items in ITEMS:
            rate, agent, server, missing = asyncio.run(_stretch(way, program, items))
            cores = f"agent {agent:.0%} of a core, server {server:.0%}"
            print(f"  {items:,} items: {rate:,.0f} notifications/s, {missing:,} lost; {cores}", flush=True)
            if missing or rate < 0.9 * items * HERTZ:
                break
            best, most = (rate, cores), items
        if most == 0:
            print("opcua_notifications: some were lost at the least that was offered")
            return []
        over, agent, server, missing = asyncio.run(_stretch(way, program, 2 * most))
        cores = f"agent {agent:.0%} of a core, server {server:.0%}"
        print(f"  {2 * most:,} items: {over:,.0f} notifications/s, {missing:,} lost; {cores}", flush=True)
    overload = f"{over:,.0f} notifications/s at {2 * most * HERTZ:,} offered; {cores}"
    against = f"an open62541 server, {HERTZ} changes a second of each item; {best[1]}"
    return [
        Figure("opcua_notifications", best[0], "notifications/s", against),
        Figure("opcua_overload", over / best[0], "ratio", overload, ">= 0.9"),
    ]


async def _stretch(way: Chain, program: Path, items: int) -> tuple[float, float, float, int]:
    """Notifications a second, the shares of a core that agent and server took, and how many were lost."""
    plc = await PeerPlc(program, free_port(), {}).start()
    _write_plant(way.folder / "plant.yaml", plc.url, items)
    await plc.order(f"count {items} {HERTZ}")
    order = Order()
    taker = Taker(way.broker.port, order.look)
    way.start("edge", EDGE)
    await asyncio.to_thread(way.until, lambda: len(order.newest) == items, "every item")
    await asyncio.sleep(SETTLE_S)
    order.missing, began, count = 0, time.monotonic(), order.values
    assert plc.process is not None
    pids = (way.running["edge"].pid, plc.process.pid)
    before = [usage(pid).cpu_s for pid in pids]
    await asyncio.sleep(WINDOW_S)
    seconds, missing = time.monotonic() - began, order.missing
    rate = (order.values - count) / seconds
    agent, server = ((usage(pid).cpu_s - used) / seconds for pid, used in zip(pids, before, strict=True))
    way.stop("edge")
    taker.stop()
    await plc.stop()
    return rate, agent, server, missing


def _write_plant(path: Path, url: str, items: int) -> None:
    device = {"id": "plc", "edge": EDGE, "protocol": "opcua", "url": url, "poll": "100ms", "sampling": "50ms"}
    device |= {"queue": 20, "heartbeat": "5s"}
    tags = [{"name": f"c{i}", "node": f"nsu={URI};s=c{i}", "type": "float64"} for i in range(items)]
    machine = {"id": "machine", "name": {"en": "Machine", "zh": "机器"}, "device": "plc", "ideal_cycle": "1s"}
    document = plant_of([device], [machine | {"tags": tags}])
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
