"""Plants of many equal machines, each behind a Modbus PLC of its own."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

SITE = "bench"
EDGE = "edge-1"
TAGS = 100
ALWAYS = {"id": "always", "name": {"en": "Always", "zh": "全天"}, "starts": "00:00", "ends": "00:00"} | {
    "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
}


def write_plant(path: Path, ports: Sequence[int], poll_s: float) -> None:
    """One machine a port: a counter and 99 process values with a deadband, polled every so many seconds."""
    tags = [
        {"name": f"t{register}", "register": register, "scale": 0.1, "deadband": 0.5, "unit": "°C"}
        for register in range(1, TAGS)
    ]
    count = {"name": "parts", "register": 0, "role": "total_count"}
    machines = [
        {
            "id": f"machine-{number}",
            "name": {"en": f"Machine {number}", "zh": f"机器{number}"},
            "device": f"plc-{number}",
            "ideal_cycle": "1s",
            "tags": [count, *tags],
        }
        for number in range(len(ports))
    ]
    devices = [
        {"id": f"plc-{number}", "edge": EDGE, "protocol": "modbus", "host": "127.0.0.1", "port": port}
        | {"poll": f"{poll_s:.6f}s"}
        for number, port in enumerate(ports)
    ]
    path.write_text(yaml.safe_dump(plant_of(devices, machines), allow_unicode=True), encoding="utf-8")


def plant_of(devices: Sequence[dict[str, Any]], machines: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The document of a plant of one line."""
    site = {"id": SITE, "name": {"en": "Bench", "zh": "测试"}, "zone": "UTC", "shifts": [ALWAYS]}
    lines = [{"id": "line", "name": {"en": "Line", "zh": "产线"}, "machines": list(machines)}]
    return {"site": site, "devices": list(devices), "lines": lines}
