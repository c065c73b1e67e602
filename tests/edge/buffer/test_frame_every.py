"""How long the agent collects into one frame is what the setting says, and nothing is left out."""

import asyncio
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest

from contract.frame import decode
from contract.topics import frame_topic
from laptop.broker import LocalBroker
from tests.edge.agents import EDGE, SITE, plant_file, running
from tests.edge.listeners import listening
from tests.edge.modbus.hostile import Plc
from tests.support.eventually import until


@pytest.mark.parametrize(("every", "least", "most"), [("50ms", 1, 2), ("1s", 6, 14)])
async def test_a_frame_holds_what_was_read_while_the_setting_says(
    every: str, least: int, most: int, tmp_path: Path, broker: LocalBroker, free_port: Callable[[], int]
) -> None:
    keys = {"host": "127.0.0.1", "poll": "100ms", "heartbeat": "10ms"}
    async with Plc(free_port()) as plc:
        plant = plant_file(tmp_path / "plant.yaml", {"press": (keys | {"port": plc.port}, [{"register": 1}])})
        site = str(SITE["id"])
        with (
            listening(broker, frame_topic(site, EDGE)) as live,
            running(tmp_path, plant, broker, SHOPFLOOR_FRAME_EVERY=every) as agent,
        ):
            await until("frames", lambda: len(live) >= 6)
            code = await asyncio.to_thread(agent.end)

    frames = [decode(payload) for payload in live]
    whole = frames[:-1]
    assert code == 0
    assert least <= median(frame.size for frame in whole) <= most
    assert {b.seq - a.seq for a, b in pairwise(frames)} == {1}
    # A loaded machine polls late and misses beats, but nothing that was read is missing or there twice.
    assert {b.before - a.before - a.size for a, b in pairwise(frames)} == {0}
    times = [sample.edge_us for frame in frames for sample in frame.samples()]
    assert times == sorted(set(times))
