"""One agent, several devices that misbehave in every way, and some that do not: these are read on schedule."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from laptop.broker import LocalBroker
from tests.edge.agents import plant_file, running
from tests.edge.beats import told
from tests.edge.modbus import hostile
from tests.edge.modbus.hostile import Plc

PERIOD_S = 0.1
WINDOW_S = 8.0
MOODS: dict[str, hostile.Mood] = {
    "silent": hostile.silent,
    "slow": hostile.slow(0.9),
    "half": hostile.half,
    "cut": hostile.cut,
    "wrong-unit": hostile.wrong_unit,
    "other-function": hostile.other_function,
    "too-few": hostile.too_few,
    "garbage": hostile.garbage,
    "flood": hostile.flood,
    "drip": hostile.drip,
    "late": hostile.late(1.2),
    "refuses": hostile.refuses(2),
    "busy": hostile.refuses(6),
    "gateway": hostile.refuses(11),
}
HEALTHY = [f"healthy-{number}" for number in range(4)]
TAGS: list[dict[str, Any]] = [{"register": register} for register in range(60)]


def place(port: int) -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": port, "poll": f"{PERIOD_S}s", "timeout": "1s"}


async def test_healthy_devices_are_read_on_schedule_whatever_the_others_do(
    tmp_path: Path, broker: LocalBroker, free_port: Callable[[], int], capsys: Any
) -> None:
    plcs = {name: Plc(free_port(), mood) for name, mood in MOODS.items()}
    plcs |= {name: Plc(free_port()) for name in HEALTHY}
    dead = free_port()
    devices = {name: (place(plc.port), TAGS) for name, plc in plcs.items()} | {"nobody": (place(dead), TAGS)}
    async with AsyncExitStack() as stack:
        for plc in plcs.values():
            await stack.enter_async_context(plc)
        with running(tmp_path, plant_file(tmp_path / "plant.yaml", devices), broker) as agent:
            deadline = time.monotonic() + 60
            while not all(plc.asked for plc in plcs.values()):
                assert time.monotonic() < deadline, agent.text()[-2000:]
                await asyncio.sleep(0.05)
            await asyncio.sleep(1)
            begin = time.monotonic()
            await asyncio.sleep(WINDOW_S)
            end = time.monotonic()
            code = await asyncio.to_thread(agent.end)

    assert code == 0
    polls = {name: [a.at for a in plcs[name].asked if begin <= a.at < end] for name in HEALTHY}
    due = (end - begin) / PERIOD_S
    with capsys.disabled():
        print(f"\nhealthy devices beside {len(MOODS) + 1} hostile ones: {told(list(polls.values()), PERIOD_S, due)}")
    # One hostile device that held up the others for its timeout would take ten polls of theirs each second.
    assert min(map(len, polls.values())) > 0.8 * due
    lost = {name for name in MOODS if f'"device": "{name}"' in agent.text()}
    assert lost >= {"silent", "half", "cut", "wrong-unit", "other-function", "garbage", "flood", "late", "gateway"}
    assert not any(f'"device": "{name}", "reason"' in agent.text() for name in HEALTHY)
    assert "Traceback" not in agent.text()
