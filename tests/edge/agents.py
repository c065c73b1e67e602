"""The edge agent as a process of its own, with a plant file made for a test."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from laptop.broker import LocalBroker
from tests.support.program import Program

EDGE = "edge-1"
EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
SITE = {
    "id": "lab",
    "name": {"en": "Lab", "zh": "实验室"},
    "zone": "UTC",
    "shifts": [
        {"id": "all", "name": {"en": "All", "zh": "全天"}, "days": EVERY_DAY, "starts": "00:00", "ends": "00:00"}
    ],
}
Tags = Sequence[Mapping[str, Any]]


def plant_file(path: Path, devices: Mapping[str, tuple[Mapping[str, Any], Tags]]) -> Path:
    """A plant of one line with a machine for each device, Modbus unless it says else: its keys, and its tags."""
    machines = [
        {
            "id": name,
            "name": {"en": name, "zh": name},
            "device": name,
            "ideal_cycle": "1s",
            "tags": [{"name": f"t{number}"} | dict(tag) for number, tag in enumerate(tags)],
        }
        for name, (_, tags) in devices.items()
    ]
    document = {
        "site": SITE,
        "devices": [
            {"id": name, "edge": EDGE, "protocol": "modbus"} | dict(keys) for name, (keys, _) in devices.items()
        ],
        "lines": [{"id": "line", "name": {"en": "Line", "zh": "线"}, "machines": machines}],
    }
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return path


class Agent:
    """`shopfloor edge edge-1`, and what it says."""

    def __init__(self, process: "Program | subprocess.Popen[bytes]", log: Path) -> None:
        self.process, self.log = process, log

    def text(self) -> str:
        """Its log so far."""
        return self.log.read_text(encoding="utf-8")

    def end(self) -> int:
        """Ask it to end, and its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


@contextmanager
def running(folder: Path, plant: Path, broker: LocalBroker, *, forked: bool = True, **more: str) -> Iterator[Agent]:
    """The agent of a plant file; `more` are further settings. Not `forked`, it starts as slowly as the real command."""
    environment = {"SHOPFLOOR_PLANT": str(plant), "SHOPFLOOR_DATA": str(folder / "data")}
    environment |= {"SHOPFLOOR_BROKER": f"mqtt://127.0.0.1:{broker.port}"} | more
    path = folder / "edge.log"
    path.write_bytes(b"")
    process: Program | subprocess.Popen[bytes]
    if forked:
        process = Program(["edge", EDGE], os.environ | environment, path)
    else:
        with path.open("ab") as log:
            command = [sys.executable, "shopfloor.py", "edge", EDGE]
            process = subprocess.Popen(command, env=os.environ | environment, stdout=log, stderr=log)
    try:
        yield Agent(process, path)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)
