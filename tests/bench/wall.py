"""From a change in a PLC's register to the change on the wall, through every process."""

import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import yaml
from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from laptop.broker import LocalBroker
from laptop.ports import free_port
from tests.bench.database import database
from tests.bench.figure import Figure

POLL_S = 0.2
CHANGES = 120
PLANT = {
    "site": {
        "id": "bench",
        "name": {"en": "Bench", "zh": "测试"},
        "zone": "UTC",
        "shifts": [
            {"id": "always", "name": {"en": "Always", "zh": "全天"}, "starts": "00:00", "ends": "00:00"}
            | {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}
        ],
    },
    "lines": [
        {
            "id": "line",
            "name": {"en": "Line", "zh": "产线"},
            "machines": [
                {
                    "id": "machine",
                    "name": {"en": "Machine", "zh": "机器"},
                    "device": "plc",
                    "ideal_cycle": "1s",
                    "tags": [{"name": "state", "role": "state", "register": 0, "states": {6: "setup", 5: "down"}}],
                }
            ],
        }
    ],
}


def change_to_wall() -> list[Figure]:
    """Seconds from the register to the event stream's line, less one poll interval: the wait that is our choice."""
    with database() as url, tempfile.TemporaryDirectory() as folder, running(url, Path(folder)) as (web, plc):
        late = asyncio.run(measure(web, plc))
    beyond = np.array(late) - POLL_S
    against = f"{len(late)} changes, poll interval {POLL_S} s taken off"
    return [
        Figure("change_to_wall_p50", float(np.quantile(beyond, 0.5)), "s", against),
        Figure("change_to_wall_p99", float(np.quantile(beyond, 0.99)), "s", against, "< 1"),
    ]


@contextmanager
def running(url: str, folder: Path) -> Iterator[tuple[str, int]]:
    """Edge, collector and mes as processes; the wall's address and the port on which a PLC is expected."""
    plc, web, broker = free_port(), free_port(), LocalBroker(folder / "broker", free_port())
    device = {
        "id": "plc",
        "edge": "edge-1",
        "protocol": "modbus",
        "host": "127.0.0.1",
        "port": plc,
        "poll": f"{POLL_S}s",
    }
    (folder / "plant.yaml").write_text(yaml.safe_dump(PLANT | {"devices": [device]}))
    environment = {"SHOPFLOOR_DATABASE": url, "SHOPFLOOR_BROKER": broker.start(), "SHOPFLOOR_PORT": str(web)}
    environment |= {"SHOPFLOOR_PLANT": str(folder / "plant.yaml"), "SHOPFLOOR_DATA": str(folder)}
    processes = [
        subprocess.Popen(
            [sys.executable, "shopfloor.py", *command], env=os.environ | environment, stderr=subprocess.DEVNULL
        )
        for command in (["collector"], ["edge", "edge-1"], ["mes"])
    ]
    try:
        yield f"http://127.0.0.1:{web}/wall/line/events?lang=en", plc
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(15)
        broker.stop()


async def measure(web: str, port: int) -> list[float]:
    """Change the state at random moments and note when the stream says so."""
    state = {"code": 6}

    async def answer(_f: int, _s: int, _a: int, _c: int, registers: list[int], _v: object) -> ExcCodes | None:
        registers[0] = state["code"]
        return None

    bits, none = SimData(0, values=[False] * 16, datatype=DataType.BITS), SimData(0, datatype=DataType.INVALID)
    words = SimData(0, values=[6], datatype=DataType.REGISTERS)
    device = SimDevice(1, simdata=([bits], [bits], [words], [none]), action=answer)
    server = ModbusTcpServer([device], address=("127.0.0.1", port))
    await server.serve_forever(background=True)
    shown: dict[str, float] = {}
    follower = asyncio.create_task(follow(web, shown))
    await until(lambda: "setup" in shown, 60)
    late = []
    for number in range(CHANGES):
        await asyncio.sleep(random.uniform(0.5, 1.0))
        code, word = ((5, "down"), (6, "setup"))[number % 2]
        shown.pop(word, None)
        changed = time.monotonic()
        state["code"] = code
        await until(lambda word=word: word in shown, 30)
        late.append(shown[word] - changed)
    follower.cancel()
    await server.shutdown()
    return late


async def follow(web: str, shown: dict[str, float]) -> None:
    """When each word was last newly shown."""
    last = ""
    async with httpx.AsyncClient(timeout=None) as client:
        while True:
            try:
                async with client.stream("GET", web) as stream:
                    async for line in stream.aiter_lines():
                        if not line.startswith("data: "):
                            continue
                        tile = json.loads(line.removeprefix("data: "))["look"]["parts"].get("machine", "")
                        word = tile.partition('data-state="state.')[2].partition('"')[0]
                        if word != last:
                            last, shown[word] = word, time.monotonic()
            except httpx.HTTPError:
                await asyncio.sleep(0.2)


async def until(condition: object, seconds: float) -> None:
    """Wait, or fail."""
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        if time.monotonic() > deadline:
            raise TimeoutError("the wall did not show the change")
        await asyncio.sleep(0.005)
