"""The edge's Modbus reading beside a small C client with libmodbus, against the same server process."""

import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from statistics import median

import uvloop

from config.device import ModbusDevice, Tag
from edge.buffer.batch import Batch
from edge.channel import Channel
from edge.modbus.line import Line
from edge.modbus.source import modbus_sources
from edge.report import Reports
from laptop.ports import answers, free_port
from tests.bench.c import HERE, MISSING, built
from tests.bench.figure import Figure

POLLS = 4_000
ROUNDS = 5


def modbus_ratio() -> list[Figure]:
    """Registers a CPU second: our read, decode, scale and deadband of 125 tags, against the C client's bare read."""
    with tempfile.TemporaryDirectory() as folder:
        client = built("modbus_client", Path(folder))
        if client is None:
            print(f"modbus_ratio: {MISSING}")
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
        [source] = modbus_sources(device, channels, Line(device), Reports(sent.append, 0))
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
