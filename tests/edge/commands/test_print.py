"""Live readings on standard output: both protocols, without a broker, and nothing is kept or sent."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from tests.edge.agents import EDGE, plant_file
from tests.edge.modbus.peers import pymodbus_tcp, sim_device
from tests.edge.opcua.plc import URI, Plc

FreePort = Callable[[], int]
LINE = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z  (\S+) +(.+?) +(?:(\S+) +)?(GOOD|UNCERTAIN|BAD)$")


@asynccontextmanager
async def plant(folder: Path, free_port: FreePort) -> AsyncIterator[Path]:
    """A Modbus device, an OPC UA server, and a device that is not there."""
    port = free_port()
    opcua = await Plc(free_port(), {"Speed": 12.5, "Batch": "B-7"}).start()
    async with pymodbus_tcp(port, sim_device(1, {"holding": [1, 2, 3]})):
        yield plant_file(
            folder / "plant.yaml",
            {
                "press": (
                    {"host": "127.0.0.1", "port": port, "poll": "100ms"},
                    [
                        {"register": 0, "role": "state", "states": {1: "running"}},
                        {"register": 1, "role": "total_count"},
                        {"register": 2, "scale": 0.1, "unit": "bar"},
                    ],
                ),
                "capper": (
                    {"protocol": "opcua", "url": opcua.url, "poll": "100ms"},
                    [
                        {"node": f"nsu={URI};s=Speed", "type": "float64", "unit": "rpm"},
                        {"node": f"nsu={URI};s=Batch", "type": "string"},
                    ],
                ),
                "away": ({"host": "127.0.0.1", "port": free_port(), "poll": "100ms"}, [{"register": 0}]),
            },
        )
    await opcua.stop()


def start(folder: Path, file: Path, *arguments: str) -> subprocess.Popen[str]:
    settings = {name: text for name, text in os.environ.items() if not name.startswith("SHOPFLOOR_")}
    settings |= {"SHOPFLOOR_PLANT": str(file), "SHOPFLOOR_DATA": str(folder / "data")}
    command = [sys.executable, "shopfloor.py", "edge", *arguments, "--print"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=settings)


async def test_what_is_read_is_shown_and_nothing_is_kept(tmp_path: Path, free_port: FreePort) -> None:
    seen: dict[str, tuple[str, ...]] = {}
    async with plant(tmp_path, free_port) as file:
        with start(tmp_path, file, EDGE) as shown:
            assert shown.stdout is not None
            while len(seen) < 6:
                line = await asyncio.wait_for(asyncio.to_thread(shown.stdout.readline), 60)
                found = LINE.match(line)
                assert found is not None, line
                seen[found[1]] = found.groups()[1:]
            shown.send_signal(signal.SIGINT)
            _, said = await asyncio.to_thread(shown.communicate)

    assert shown.returncode == 0
    assert seen == {
        "press/t0": ("running", None, "GOOD"),
        "press/t1": ("2", None, "GOOD"),
        "press/t2": ("0.3", "bar", "GOOD"),
        "capper/t0": ("12.5", "rpm", "GOOD"),
        "capper/t1": ("B-7", None, "GOOD"),
        "away/t0": ("-", None, "BAD"),
    }
    assert "plc_lost" in said
    assert "Traceback" not in said
    assert not (tmp_path / "data").exists()


async def test_it_ends_when_nobody_listens_any_more(tmp_path: Path, free_port: FreePort) -> None:
    async with plant(tmp_path, free_port) as file:
        with start(tmp_path, file, EDGE) as shown:
            assert shown.stdout is not None
            assert shown.stderr is not None
            await asyncio.to_thread(shown.stdout.readline)
            shown.stdout.close()
            code = await asyncio.to_thread(shown.wait, 60)
            said = await asyncio.to_thread(shown.stderr.read)

    assert code == 0
    assert "Traceback" not in said
    assert "BrokenPipe" not in said


async def test_an_edge_that_does_not_exist_is_told(tmp_path: Path, free_port: FreePort) -> None:
    async with plant(tmp_path, free_port) as file:
        with start(tmp_path, file, "edge-9") as shown:
            _, said = await asyncio.to_thread(shown.communicate)

    assert shown.returncode == 2
    assert "edge 'edge-9' is not in" in said


def test_a_server_that_is_away_is_told_once_and_not_by_the_library_each_second(
    tmp_path: Path, free_port: Callable[[], int]
) -> None:
    keys = {"protocol": "opcua", "url": f"opc.tcp://127.0.0.1:{free_port()}", "poll": "100ms"}
    plant = plant_file(tmp_path / "plant.yaml", {"capper": (keys, [{"node": "s=x"}])})
    command = [sys.executable, "shopfloor.py", "edge", EDGE, "--print"]
    environment = os.environ | {"SHOPFLOOR_PLANT": str(plant), "SHOPFLOOR_DATA": str(tmp_path)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as showing:
        time.sleep(6)
        showing.send_signal(signal.SIGTERM)
        _, said = showing.communicate(timeout=20)

    assert [json.loads(line)["event"] for line in said.splitlines()] == ["plc_lost"]
