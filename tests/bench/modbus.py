"""The edge's Modbus reading beside a small C client with libmodbus, against the same server process."""

import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from statistics import median

import uvloop

from config.device import ModbusDevice, Tag
from edge.batch import Batch
from edge.channel import Channel
from edge.modbus import Connection, ModbusSource
from laptop.ports import answers, free_port
from tests.bench.figure import Figure

POLLS = 4_000
ROUNDS = 5
HERE = Path(__file__).parent


def modbus_ratio() -> list[Figure]:
    """Registers a CPU second: our read, decode, scale and deadband of 125 tags, against the C client's bare read."""
    with tempfile.TemporaryDirectory() as folder:
        client = _build(Path(folder))
        if client is None:
            print("modbus_ratio: not measured, libmodbus or a C compiler is not installed (Debian: libmodbus-dev, gcc)")
            return []
        port = free_port()
        with subprocess.Popen([sys.executable, HERE / "modbus_server.py", str(port)]) as server:
            try:
                while not answers(port):
                    time.sleep(0.05)
                ours, theirs = [], []
                for _ in range(ROUNDS):
                    ours.append(_ours(port))
                    theirs.append(_theirs(client, port))
            finally:
                server.terminate()
    against = f"C with libmodbus, {median(theirs):,.0f} registers/CPU s"
    ratio = median(a / b for a, b in zip(ours, theirs, strict=True))
    return [
        Figure("modbus_ratio", ratio, "ratio", against, ">= 0.12"),
        Figure("modbus_registers", median(ours), "registers/CPU s", against),
    ]


def _ours(port: int) -> float:
    device = ModbusDevice(id="plc", edge="edge-1", protocol="modbus", host="127.0.0.1", port=port)
    channels = [
        Channel("machine", Tag(name=f"t{i}", register=i, scale=0.1, deadband=0.5), timedelta(hours=1))
        for i in range(125)
    ]
    sent: list[Batch] = []

    async def poll() -> float:
        source = ModbusSource(device, channels, Connection("127.0.0.1", port, 2.0), sent.append)
        await source.poll()
        began = time.process_time()
        for _ in range(POLLS):
            await source.poll()
        used = time.process_time() - began
        source.close()
        return used

    used = uvloop.run(poll())
    assert sent, "nothing was read"
    assert sent[0].value.tolist() == [i * 0.1 for i in range(125)]
    return POLLS * 125 / used


def _theirs(client: Path, port: int) -> float:
    rounds = POLLS * 4
    result = subprocess.run([client, str(port), str(rounds)], check=True, capture_output=True, text=True)
    return rounds * 125 / float(result.stdout)


def _build(folder: Path) -> Path | None:
    client = folder / "client"
    if shutil.which("cc") is None or shutil.which("pkg-config") is None:
        return None
    with suppress(subprocess.CalledProcessError):
        found = subprocess.run(
            ["pkg-config", "--cflags", "--libs", "libmodbus"], check=True, capture_output=True, text=True
        )
        command = ["cc", "-O2", "-o", client, HERE / "modbus_client.c", *found.stdout.split()]
        subprocess.run(command, check=True, capture_output=True)
        return client
    return None
