"""What the demo costs at rest: eight machines, its services and its database, without the simulated plant."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from laptop.ports import free_port
from tests.bench.figure import Figure
from tests.bench.usage import usage

WARM_S, MEASURED_S = 90.0, 60.0
NOT_OURS = "simulator"


def idle_cpu() -> list[Figure]:
    """Share of one core that each service takes, and all together, a while after the start."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "shopfloor.py", "demo", "--data", folder, "--port", str(free_port())]
        demo = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            time.sleep(WARM_S)
            begun = {pid: (name, usage(pid).cpu_s) for pid, name in services(demo.pid).items()}
            time.sleep(MEASURED_S)
            used: dict[str, float] = {}
            for pid, (name, before) in begun.items():
                used[name] = used.get(name, 0.0) + (usage(pid).cpu_s - before) / MEASURED_S
        finally:
            demo.terminate()
            demo.wait(60)
    parts = ", ".join(f"{name} {share:.1%}" for name, share in sorted(used.items(), key=lambda part: -part[1]))
    return [Figure("idle_cpu", sum(used.values()), "of one core", f"8 machines: {parts}", "≤ 0.15")]


def services(demo: int) -> dict[int, str]:
    """The demo's processes by what they are, without the simulated plant and the demo's own."""
    found: dict[int, str] = {}
    for pid in Path(f"/proc/{demo}/task/{demo}/children").read_text().split():
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        name = next((word for word in words if word in ("edge", "collector", "mes", "alerts", NOT_OURS)), words[0])
        found[int(pid)] = Path(name).name
    return {pid: name for pid, name in found.items() if name != NOT_OURS}
