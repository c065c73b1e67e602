"""What it was measured on: without that, no figure but a ratio means anything elsewhere."""

import os
import platform
import subprocess
from pathlib import Path

from laptop.broker import mosquitto
from laptop.programs import bin_folder


def description() -> dict[str, str | int | float]:
    """Processor, cores, memory, versions, and how busy the machine was with other work before we began."""
    return {
        "processor": _field("/proc/cpuinfo", "model name") or platform.processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "postgres": _version([str(bin_folder() / "postgres"), "--version"]),
        "broker": _version([program, "-h"]) if (program := mosquitto()) else "amqtt",
        "load_before": round(os.getloadavg()[0], 2),
    }


def told(machine: dict[str, str | int | float]) -> str:
    """In one line."""
    busy = float(machine["load_before"])
    warning = f"; NOT IDLE, load {busy}: the rates are too low, trust the ratios" if busy > 0.5 else ""
    return (
        f"{machine['cores']} cores of {machine['processor']}, {machine['memory_gb']} GB, Linux {machine['kernel']},"
        f" Python {machine['python']}, {machine['postgres']}, {machine['broker']}{warning}"
    )


def _field(path: str, name: str) -> str:
    if not Path(path).exists():
        return ""
    lines = (line.partition(":") for line in Path(path).read_text().splitlines())
    return next((text.strip() for key, _, text in lines if key.strip() == name), "")


def _version(command: list[str]) -> str:
    lines = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    return lines[0].strip() if lines else "unknown"
